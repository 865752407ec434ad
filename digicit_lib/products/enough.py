"""What a study holds for a product: the facts its text may ask for, and when they are too few to make it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from digicit_lib.errors import NotMade, PublicationRefused
from digicit_lib.language import is_translated, message_id
from digicit_lib.language.reviews import reviewed
from digicit_lib.products.conditions import KnownFacts, plain_id

if TYPE_CHECKING:
    from digicit_lib.products.page_parts import Sheet

LACKS = {
    "statements": "Statements of this study that may be printed here: {n}; needed: {least}.",
    "ages": "The study has no numbers of children aged {ages}: {groups}.",
    "opportunity": "No opportunity was measured that may be printed: risks are not said alone to children.",
    "help": "No help service has been verified for this study.",
    "gap": "No recommendation has a measured gap, and no argument has authors.",
    "voice": "No approved quotation of a child and no recorded asks of children.",
}


def check_enough(product: Sheet) -> None:
    """Whether a study holds what a kind of product cannot be made without.

    Raises
    ------
    NotMade
        With the reason, and what a person may sign.
    """
    kind, low = product.kind, "–".join(map(str, product.kind.ages))
    if kind.ages and product.choice.group is None:
        bands = ", ".join(band.replace("-", "–") for band in product.choice.bands)
        whole = "–".join(map(str, product.params.population.ages))
        groups = f"its age groups are {bands}" if bands else f"its people are {whole}, without age groups"
        raise _not_made(product, LACKS["ages"], ages=low, groups=groups)
    if product.held < kind.least:
        raise _not_made(product, LACKS["statements"], n=product.held, least=kind.least)
    has = {
        "opportunity": "opportunities" in product.sides(),
        "help": bool(product.params.helplines) or product.synthetic,
        "gap": bool(product.recommended or product.arguments),
        "voice": bool(product.asks or any(s["role"] == "child" for s in product.published.said("quotation"))),
    }
    for need in kind.needs:
        if not has[need]:
            raise _not_made(product, LACKS[need])


def check_read(product: Sheet) -> None:
    """In another language than English, whether a native speaker has read the key sentences of a product.

    They are what its text always says, what its findings are made of and what it recommends. Params may
    answer for them with a name (`translation_reviewers`); a demonstration says that it is a draft.

    Raises
    ------
    PublicationRefused
        With how many of its sentences nobody has read.
    """
    language = product.language
    if product.synthetic or language == "en" or product.params.translation_reviewers.get(language):
        return
    actions = [one.action for one in product.recommended]
    ours = [text for text in (*product.frames_said, *actions) if is_translated(text, language)]
    texts = dict.fromkeys([*(text for _, text in product.template.messages()), *ours])
    reviews = reviewed(language)
    unread = sum(message_id(text) not in reviews for text in texts)
    if unread:
        raise PublicationRefused(
            "No native speaker has read sentences of this product.",
            where=product.template.file,
            got=f"{unread} of {len(texts)} in {language}",
            allowed=f"translations that somebody has read, or params that name who did: "
            f"translation_reviewers: {{{language}: …}}",
            next=f"digicit translate {language} --preview",
        )


def _not_made(product: Sheet, why: str, **values: object) -> NotMade:
    first = next(iter(product.choice.unsigned), None)
    hint = product.gate.problem(first).next if first else None  # type: ignore[union-attr]
    return NotMade(why.format(**values), where=f"{product.params.slug} {product.name}", next=hint)


def known_of(product: Sheet) -> KnownFacts:
    """What is true of the study, for the conditions of its text."""
    choice, params = product.choice, product.params
    levels = {n: r for (n, by, _), r in choice.levels.items() if not by and r["quality"] in ("ok", "caution")}
    scale = {n: 100 if r["unit"] == "share" else 1 for n, r in levels.items()}
    quotes = product.published.said("quotation")
    children = {s["code"] for s in quotes if s["role"] == "child"}
    passing = [n for n, r in levels.items() if product.gate.passes(product.published.find(str(r["id"])))]
    low, high = params.population.ages
    return KnownFacts(
        intervals={plain_id(n): (scale[n] * r["ci_low"], scale[n] * r["ci_high"]) for n, r in levels.items()},
        measured=frozenset(map(plain_id, choice.forms)),
        gaps=frozenset(plain_id(one.statement.indicator) for one in product.recommended),
        signed=frozenset(map(plain_id, passing)),
        sections=frozenset(choice.forms[n].section for n in levels if n in choice.forms),
        phases=frozenset(product.published.frames),
        verdicts=_verdicts(choice.rows.values()),
        voices={s["code"]: s["code"] in children for s in quotes},
        laws={s["item"]: s["status"] for s in product.published.said("law")},
        asks=bool(product.asks),
        clearance=bool(params.ethics.clearance),
        helpline=bool(params.helplines),
        authors=bool(product.arguments),
        instrument=choice.tool.name,
        language=product.language,
        ages=(low, high),
    )


def _verdicts(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """More, less or none of each tested difference."""
    words = {"more": "more", "less": "less", "not shown": "none"}
    tested = (r for r in rows if r["statistic"] == "diff")
    return {(plain_id(r["indicator"]), r["by"]): words.get(r["verdict"], "") for r in tested}
