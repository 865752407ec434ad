"""The kinds of products, as `kinds.yaml` lists them: planning a run loads nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digicit_lib.errors import DigicitError, did_you_mean
from digicit_lib.language import N_
from digicit_lib.safe import load_yaml

COMPARISON = "comparison"  # of all studies: its notebook, and its folder below `outputs/`
SHEET = ("help", "rights", "numbers", "limits", "do", "how")  # sections that no sheet lacks


@dataclass(frozen=True)
class ProductKind:
    """What one kind of product is, needs and may hold.

    Attributes
    ----------
    name, notebook : str
        Of its text and page; of the workbook in `workbooks/` that makes it.
    reader : str
        Whom it is for, as the cover says it.
    parameter : mapping
        What the notebook's parameters cell gets beside the usual ones.
    audience : str
        Whose lists of `codebooks/slots.yaml` it takes; `all` where it has none.
    ages : (int, int)
        Of the children whom a children's sheet is for; empty for everyone else.
    pages : int
        How many the printed product may have; 0: as many as it takes.
    required : tuple of str
        Keys of sections that its text cannot do without.
    least, most : int
        Statements below which it is not made, and above which none is added.
    needs : tuple of str
        What else it cannot be made without: opportunity, help, gap, voice.
    interval : bool
        Whether its numbers stand with their intervals.
    words : bool
        Whether shares are said in words, for those who do not read percent.
    letters : float
        Size of the text on paper in points; nothing on it is below 12. 0: as every product.
    colour : str
        Of its posters.
    """

    name: str
    notebook: str
    reader: str
    parameter: Mapping[str, str] = field(default_factory=dict)
    audience: str = "all"
    ages: tuple[int, ...] = ()
    pages: int = 2
    required: tuple[str, ...] = SHEET
    least: int = 3
    most: int = 5
    needs: tuple[str, ...] = ()
    interval: bool = False
    words: bool = False
    letters: float = 0.0
    colour: str = "#12436D"


def _kinds() -> Iterator[ProductKind]:
    for name, facts in load_yaml(Path(__file__).with_suffix(".yaml"))[0].items():
        fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in facts.items()}
        yield ProductKind(name, **fields)


KINDS = {kind.name: kind for kind in _kinds()}


def kind_of(name: str) -> ProductKind:
    """A kind by its name, or an error with the likeliest meant one.

    Raises
    ------
    DigicitError

    Examples
    --------
    >>> kind_of("communication_press").reader
    'The press'
    """
    return KINDS[likeliest_word(name, (*KINDS, COMPARISON), "product")]


def likeliest_word(word: object, options: tuple[str, ...], what: str) -> str:
    """The word, or an error with the likeliest meant one.

    Examples
    --------
    >>> likeliest_word("square", ("square", "tall"), "shape")
    'square'
    """
    if word not in options:
        hint = did_you_mean(str(word), options)
        raise DigicitError(f"Unknown {what}.", got=str(word), allowed=", ".join(options), next=hint)
    return str(word)


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
        raise DigicitError("Synthetic and real studies cannot be compared.", got=got, next="compare one kind")
    observed = [study for study, kind in kinds.items() if kind == "observed"]
    slugs = observed if len(observed) > 1 else [s for s in kinds if s not in observed] or observed
    mixed, alone = N_("invented data never stand beside real ones"), N_("real data, alone of their kind")
    reason = mixed if slugs == observed else alone
    if len(slugs) < 2:
        raise DigicitError(
            "A comparison needs two studies with a published survey.", got=", ".join(slugs) or "none"
        )
    return slugs, {study: reason for study in kinds if study not in slugs}
