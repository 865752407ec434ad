"""Parts of a product with pages of their own on paper: an agenda, cards to be cut, facing pages a theme."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from digicit_lib.language import N_, number, translate
from digicit_lib.language.codes import label_table
from digicit_lib.report.foreign import is_english

Part = dict[str, Any]
FRONT = ("finding", "item")  # of a card; the rest of its section stands behind
APART = ("card", "agenda")  # keys of sections that stand at the end
_MAY_PASS = N_("No right answer. You may pass. You need not speak of yourself.")
_AGENDA = (N_("From – to"), N_("What happens"), N_("Who leads"))
_SPREAD = label_table("spread")


def laid_out(parts: Sequence[Part], language: str) -> list[Part]:
    """The parts of a PDF: a theme's count on its spread, an agenda and cards at the end.

    Parameters
    ----------
    parts : sequence of dict
        As `pdf.document` gives them to typst; a heading with the key `card` begins a card, one with the key
        `agenda` an agenda.
    language : str

    Returns
    -------
    list of dict
        The other parts in their order, then the agenda and one part with all cards, where there are any.

    Examples
    --------
    >>> keys = ("use", "card", "agenda", "how")
    >>> parts = [{"type": "heading", "level": 2, "key": key, "parts": []} for key in keys]
    >>> [part.get("key", part["type"]) for part in laid_out(parts, "en")]
    ['use', 'how', 'agenda', 'cards']
    """
    rest: list[Part] = []
    apart: dict[str, list[Part]] = {key: [] for key in APART}
    inside = ""
    for part in parts:
        if part["type"] == "heading" and part["level"] == 2:
            inside = part["key"] if part.get("key") in APART else ""
            if inside:
                apart[inside].append({"title": part["parts"], "parts": []})
                continue
        if inside:
            apart[inside][-1]["parts"] += _pieces(part)
        elif part["type"] == "spread":
            rest.append(_with_count(part, rest))
        else:
            rest.append(part)
    heads = [translate(text, language) for text in _AGENDA]
    agendas = [{"type": "agenda", "heads": heads, **section} for section in apart["agenda"]]
    return [*rest, *agendas, *_cards(apart["card"], language)]


def _with_count(spread: Part, before: list[Part]) -> Part:
    """The sentence before a spread stands on it; the heading of all spreads goes, since each has its own."""
    count = {"count": before.pop()["parts"]} if before and before[-1]["type"] == "finding" else {}
    if before and before[-1]["type"] == "heading":
        before.pop()
    return spread | count


def _pieces(part: Part) -> list[Part]:
    """A list as its items, so that a long one can go on to another card."""
    if part["type"] != "list":
        return [part]
    return [{"type": "item", "blocks": item} for item in part["items"]]


def _cards(sections: Sequence[Part], language: str) -> Iterator[Part]:
    if sections:
        cards = [
            {"title": one["title"], "front": _face(one, True), "back": _face(one, False)} for one in sections
        ]
        yield {"type": "cards", "cards": cards, "foot": translate(_MAY_PASS, language)}


def _face(section: Part, front: bool) -> list[Part]:
    return [part for part in section["parts"] if (part["type"] in FRONT) is front]


def facing_pages(block: Mapping[str, Any], language: str) -> Part:
    """A table of points, voices and numbers as two facing pages.

    Parameters
    ----------
    block : mapping
        Of the kind table, each row with a point, a cell of a voice (`said`, `by`; `against`:
        then it stands last) and one of a number
        (`name`, `shown`, `base`, `n`, `share`); empty where a column has no more.
    language : str
    """
    point, voices, figures = "", [], []
    for head, voice, figure in block["rows"]:
        point = head or point
        if voice:
            against = bool(voice.get("against"))
            speech = translate("“{a}”", language, a=voice["said"])
            spoken = "en" if is_english(voice["said"], language) else language
            voice_facts = {"point": point, "by": voice["by"], "against": against, "lang": spoken}
            voices.append({"said": speech, **voice_facts})
        if figure:
            of = " · ".join(filter(None, [figure["base"], f"n\u00a0{number(figure['n'], language)}"]))
            figures.append(
                {"name": figure["name"], "shown": figure["shown"], "share": figure["share"], "of": of}
            )
    words = {name: translate(text, language) for name, text in _SPREAD.items()}
    voices.sort(key=lambda voice: voice["against"])
    return {"type": "spread", "title": block["spread"], "voices": voices, "figures": figures, "words": words}
