"""Products: what evidence becomes outside the report, and the gate before the public.

Sheets, briefs, forum packs and comparisons read published evidence only. The room holds the gate, the texts
that people edit, readability, statements, the rights map and the comparison of countries; the workbook room
shows them. This module only names the products, so that planning a run loads nothing else.
"""

from __future__ import annotations

from digicit_lib.errors import DigicitError
from digicit_lib.language import N_

__all__ = ["AUDIENCES", "COMPARISON", "PARTS", "PRODUCTS", "file_stem", "one_kind"]

AUDIENCES = {
    "children_9_11": N_("Children aged 9 to 11"),
    "children_12_14": N_("Young people aged 12 to 14"),
    "children_15_17": N_("Young people aged 15 to 17"),
    "parents": N_("Parents and carers"),
    "teachers": N_("Teachers"),
    "public": N_("Everyone"),
    "press": N_("The press"),
}
PARTS = {
    "brief": N_("Parliament, government and companies"),
    "summary": N_("Parliament, government and companies"),
    "cards": N_("Workshops of pupils, parents, teachers and officials"),
}
# Product of a study: its notebook in `workbooks/`, and what its parameters cell gets beside the usual three.
PRODUCTS: dict[str, tuple[str, dict[str, str]]] = {
    **{f"communication_{name}": ("communication", {"audience": name}) for name in AUDIENCES},
    **{f"advocacy_{name}": ("advocacy", {"part": name}) for name in PARTS},
    "forum_pack": ("forum", {}),
}
COMPARISON = "comparison"  # of all studies: its notebook, and its folder below `outputs/`


def file_stem(product: str, *, synthetic: bool) -> str:
    """Name of a product's page; a demonstration's begins SYNTHETIC-.

    Examples
    --------
    >>> file_stem("forum_pack", synthetic=True)
    'SYNTHETIC-forum_pack'
    """
    return f"{'SYNTHETIC-' if synthetic else ''}{product}"


def one_kind(kinds: dict[str, str], chosen: bool) -> tuple[list[str], dict[str, str]]:
    """Studies of one kind of data: observed where two or more are, else synthetic.

    Parameters
    ----------
    kinds : dict
        Study to ``observed`` or ``synthetic``.
    chosen : bool
        Whether a person named these studies; then a mixture is refused.

    Returns
    -------
    list of str
        The studies to compare.
    dict
        Those left out, with the reason.

    Raises
    ------
    DigicitError
        A mixture of real and invented data that somebody asked for; fewer than two studies.

    Examples
    --------
    >>> one_kind({"a": "observed", "b": "observed", "demo": "synthetic"}, chosen=False)
    (['a', 'b'], {'demo': 'invented data never stand beside real ones'})
    """
    if chosen and len(set(kinds.values())) > 1:
        got = ", ".join(f"{study}: {kind}" for study, kind in kinds.items())
        raise DigicitError("Invented data never stand beside real ones.", got=got, next="compare one kind")
    observed = [study for study, kind in kinds.items() if kind == "observed"]
    kept = observed if len(observed) > 1 else [s for s in kinds if s not in observed] or observed
    mixed, alone = N_("invented data never stand beside real ones"), N_("real data, alone of their kind")
    reason = mixed if kept == observed else alone
    if len(kept) < 2:
        raise DigicitError(
            "A comparison needs two studies with a published survey.", got=", ".join(kept) or "none"
        )
    return kept, {study: reason for study in kinds if study not in kept}
