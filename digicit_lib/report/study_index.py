"""The index of all studies, one row each, real ones and demonstrations apart; a feed of what is new."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET

from digicit_lib.language import N_, translate
from digicit_lib.language.codes import label_table
from digicit_lib.report.html_page import fill
from digicit_lib.safe import clean

STATES = (
    "failed",
    "stale",
    "fresh",
    "never",
    "not made",
)  # the worst first: a study has the state of its worst report
STATE_WORDS = label_table("state words")
PHASES = label_table("phases")
NEWEST = 3  # headlines at the top
MOST_LINKS = 80  # where there are more, each study folds its own: one stop of the keyboard a row
TITLE_PARTS = " · "  # between what a page is called, its country and its readers
OLDEST = 99  # an age at which a study has no upper end
ATOM = "http://www.w3.org/2005/Atom"


def index_page(rows: Sequence[Mapping[str, Any]], language: str = "en") -> str:
    """The page that lists every study with its reports and products.

    Parameters
    ----------
    rows : sequence of mapping
        One a report or product, rows of a study together; each with `study`, `phase` (or product) and `state`
        (fresh, stale, failed, not made, never), and where known `title`, `ages` (first and last), `wave`,
        `country` (name), `language`, `why`
        (inputs that changed), `data_kind` (observed, synthetic), `date`, `folder` (relative to the page),
        `files` (names in the folder that are there), `pages` with `pages_in` (pages in another folder),
        `titles` (of these pages, by name),
        `headline` (its first key finding), `review` (how far it is), `failure` (address of a failure's page).
    language : str

    Returns
    -------
    str
        Its only script hides rows that a search does not ask for; without it the whole table stands.

    Examples
    --------
    >>> page = index_page([{"study": "turkey", "phase": "quantitative", "state": "never"}])
    >>> "turkey" in page, page.count("<script")
    (True, 1)
    """
    studies = [_study(name, list(group), language) for name, group in groupby(rows, lambda row: row["study"])]
    parts = [(N_("Studies"), False), (N_("Demonstrations: every result is invented"), True)]
    sections = [
        (translate(words, language), [s for s in studies if s["synthetic"] == invented])
        for words, invented in parts
    ]
    new = sorted((s for s in studies if s["headline"]), key=lambda s: s["date"], reverse=True)[:NEWEST]
    return fill(
        "studies.html.j2",
        language=language,
        say=partial(translate, language=language),
        title=translate("Reports", language),
        sections=[section for section in sections if section[1]],
        new=new,
        folded=sum(map(_links, studies)) > MOST_LINKS,
        states=[(state, translate(STATE_WORDS[state], language)) for state in STATES],
    )


def _links(study: Mapping[str, Any]) -> int:
    others = sum(bool(address) for _, address in study["languages"])
    return len(study["reports"]) + others + bool(study["products"])


_FILE = re.compile(r"^(data|workbook|evidence|messages|params) .*")  # `digicit list` names the file


def _study(name: str, rows: list[Mapping[str, Any]], language: str) -> dict[str, Any]:
    """One study as the template prints it: reports of its first language, the other languages, products."""
    first = rows[0]
    reports = [row for row in rows if row["phase"] in PHASES]
    main = [row for row in reports if row.get("language") == first.get("language")]
    state = min((str(row["state"]) for row in rows), key=lambda s: STATES.index(s) if s in STATES else 1)
    state = state if state in STATES else "stale"
    products = [product for row in rows if row["phase"] not in PHASES for product in _product(row)]
    called = _title(rows, language) or next((words for words, *_ in products if not reports), name)
    country, title = clean(first.get("country") or ""), clean(called)
    return {
        "study": clean(name),
        "country": country,
        "title": title,
        "search": clean(f"{country} {title} {name}").lower(),
        "reports": [_report(row, language) for row in main],
        "languages": _languages(rows, reports, main),
        "state": state,
        "review": next((clean(row["review"]) for row in rows if row.get("review")), ""),
        "state_words": translate(STATE_WORDS[state], language),
        "why": list(
            dict.fromkeys(_FILE.sub(r"\1", clean(why)) for row in rows for why in row.get("why") or ())
        ),
        "failures": [str(row["failure"]) for row in rows if row.get("failure")],
        "date": max((clean(row.get("date") or "") for row in rows), default=""),
        "synthetic": any(row.get("data_kind") == "synthetic" for row in rows),
        "headline": next((clean(row["headline"]) for row in rows if row.get("headline")), ""),
        "headline_at": next((_address(row, "report.html") for row in rows if row.get("headline")), ""),
        "products": products,
    }


def _report(row: Mapping[str, Any], language: str) -> dict[str, str]:
    """Words of a phase, its report and, after it, the two-page summary; an address only where a file is."""
    names = set(map(str, row.get("files") or ()))
    return {
        "words": translate(PHASES[str(row["phase"])], language),
        "report": _address(row, "report.html") if "report.html" in names else "",
        "summary": _address(row, "summary.html") if "summary.html" in names else "",
        "changes": _address(row, "changes.html") if "changes.html" in names else "",
    }


def _title(rows: Sequence[Mapping[str, Any]], language: str) -> str:
    """What a study is called, whom it asked and in which wave, as far as one of its runs says."""
    told = next((row for row in rows if row.get("title")), {})
    low, high = told.get("ages") or ("", 0)
    ages = f"{low}+" if high >= OLDEST else f"{low}–{high}"
    wave = "" if str(told.get("wave") or "") in str(told.get("title")) else str(told["wave"])
    facts = ((N_("Ages"), ages if low else ""), (N_("Wave"), translate(wave, language) if wave else ""))
    return " · ".join(
        [str(told.get("title") or ""), *(f"{translate(w, language)} {x}" for w, x in facts if x)]
    )


def _languages(
    rows: Sequence[Mapping[str, Any]], reports: Sequence[Mapping[str, Any]], main: Sequence[Any]
) -> list[tuple[str, str]]:
    """The languages; each but the first, whose reports stand beside it, with its most telling report."""
    order = ("quantitative", "qualitative", "exploratory")
    others = [row for row in reports if row not in main and "report.html" in (row.get("files") or ())]
    others.sort(key=lambda row: order.index(str(row["phase"])), reverse=True)
    pages = {str(row["language"]): _address(row, "report.html") for row in others}
    codes = dict.fromkeys(clean(row["language"]) for row in rows if row.get("language"))
    return [(code, pages.get(code, "")) for code in codes]


def _product(row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Words, address and language of each page of a product."""
    pages = [str(name) for name in row.get("pages") or row.get("files") or () if str(name).endswith(".html")]
    folder = str(row.get("pages_in") or row.get("folder") or "").strip("/")
    code = clean(row.get("language") or "")
    return [(_product_name(row, name), f"{folder}/{name}", code) for name in pages]


def _product_name(row: Mapping[str, Any], page: str) -> str:
    """Whom a sheet is for, or what another product is called, in its language; else what it is run as."""
    name, *rest = str((row.get("titles") or {}).get(page, "")).split(TITLE_PARTS)
    if len(rest) > 1 and str(row["phase"]).startswith("communication"):
        return clean(rest[-1])
    if row.get("data_kind") == "synthetic":  # the row of the study says that it is a demonstration
        name = name.partition(": ")[2] or name
    return clean(name or str(row["phase"]).replace("_", " ").capitalize())


def _address(row: Mapping[str, Any], name: str) -> str:
    return f"{str(row.get('folder') or '').strip('/')}/{name}"


def feed(rows: Sequence[Mapping[str, Any]]) -> str:
    """An Atom feed of the reports that are there, the newest first.

    Parameters
    ----------
    rows : sequence of mapping
        As `index_page` takes them.

    Returns
    -------
    str
        Dates are those of the studies; addresses are relative to the index.

    Examples
    --------
    >>> row = {"study": "turkey", "phase": "quantitative", "title": "Life online", "date": "2026-11-01",
    ...        "folder": "turkey/quantitative", "files": ["report.html"], "state": "fresh"}
    >>> "turkey/quantitative/report.html" in feed([row])
    True
    """
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed")
    entries = [row for row in rows if "report.html" in (row.get("files") or ()) and row["phase"] in PHASES]
    entries.sort(key=lambda row: str(row.get("date") or ""), reverse=True)
    _child(root, "id", "urn:digicit:index")
    _child(root, "title", "digicit")
    _child(root, "updated", _moment(entries[0]) if entries else "1970-01-01T00:00:00Z")
    _child(_child(root, "author"), "name", "digicit")  # without one the feed is not valid (RFC 4287, 4.1.1)
    for row in entries:
        entry = _child(root, "entry")
        entry.set("{http://www.w3.org/XML/1998/namespace}lang", str(row.get("language") or "en"))
        invented = "SYNTHETIC: " if row.get("data_kind") == "synthetic" else ""
        title = f"{invented}{row.get('title') or row['study']}, {row.get('country') or ''}: {row['phase']}"
        _child(entry, "id", f"urn:digicit:{row['study']}:{row['phase']}:{row.get('language') or ''}")
        _child(entry, "title", clean(title))
        _child(entry, "updated", _moment(row))
        _child(entry, "link").set("href", _address(row, "report.html"))
        if row.get("headline"):
            _child(entry, "summary", clean(row["headline"]))
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _child(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    node = ET.SubElement(parent, f"{{{ATOM}}}{name}")
    node.text = text or None
    return node


def _moment(row: Mapping[str, Any]) -> str:
    return f"{row.get('date') or '1970-01-01'}T00:00:00Z"
