"""One block of a workbook as HTML: the same text in JupyterLab and on the page, accessible in both.

A block is plain data (`RENDERERS` lists the kinds); its strings are text, never markup, and are escaped here.
What must look right without a style sheet carries a short inline style; the rest is the page's.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from digicit_lib.errors import DigicitError, did_you_mean
from digicit_lib.exhibits.colours import themed
from digicit_lib.exhibits.drawing import sanitise_svg
from digicit_lib.exhibits.grid import phone_form, rows_and_heads, tag, text_of
from digicit_lib.exhibits.text_tables import as_html, register
from digicit_lib.language import N_, translate
from digicit_lib.safe import fingerprint, html, slug

MIME, SEAL = "application/vnd.digicit.block+json", "digicit"
SYNTHETIC = N_("SYNTHETIC: invented data")
Block = Mapping[str, Any]
_TONES = {"info": "#12436D", "warning": "#B45309", "gap": "#6B7280", "synthetic": "#B45309"}
_NOTE_WORDS = {"warning": N_("Caution"), "gap": N_("Gap"), "synthetic": N_("SYNTHETIC")}
_FILES = {"svg": N_("picture (SVG)"), "png": N_("picture (PNG)"), "csv": N_("data (CSV)")}
_MARK = (
    "display:inline-block;padding:.1em .55em;border:1px solid #B45309;border-radius:3px;"
    "background:#FFF4E0;color:#7A2E00;font-size:.8em;font-weight:700"
)


def block_html(block: Block, language: str = "en", prefix: str = "") -> str:
    """A block as HTML.

    Parameters
    ----------
    block : mapping
        With `kind`: cover, figure, table, finding, note, definitions, quotation, list, prose (Markdown),
        grid (a table without a number), files (downloads) or provenance.
    language : str
        Language of the fixed words.
    prefix : str
        Before each id, for a page that shows two workbooks.

    Returns
    -------
    str

    Raises
    ------
    DigicitError
        Unknown kind of block, or a drawing that is not SVG.

    Examples
    --------
    >>> block_html({"kind": "list", "title": None, "items": ["a < b"]})
    '<ul class="digicit list"><li>a &lt; b</li></ul>'
    """
    kind = str(block.get("kind", ""))
    if kind not in RENDERERS:
        hint = did_you_mean(kind, RENDERERS)
        raise DigicitError("Unknown kind of block.", got=kind, allowed=", ".join(RENDERERS), next=hint)
    return RENDERERS[kind](block, language, prefix)


def block_seal(data: Mapping[str, Any]) -> str:
    """What shows that a block and its HTML left the library together: a cell's own have none."""
    return fingerprint({form: content for form, content in data.items() if form != "text/plain"})


def block_output(block: Block, form: str, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A block as a cell's output: its forms, and the metadata that a run looks for."""
    data = {form: text, MIME: block}
    return data, {SEAL: block_seal(data)}


# --- exhibits: figures and tables ---------------------------------------------------------------------


def anchor(block: Block, prefix: str = "") -> str:
    """The id of a figure or table on the page.

    Examples
    --------
    >>> anchor({"kind": "figure", "number": 3})
    'figure-3'
    """
    return f"{prefix}{block['kind']}-{slug(block['number'])}"


def label(block: Block, language: str = "en") -> str:
    """What the text calls an exhibit."""
    words = N_("Figure {n}") if block["kind"] == "figure" else N_("Table {n}")
    return translate(words, language, n=block["number"])


def _figure(block: Block, language: str, prefix: str) -> str:
    name = anchor(block, prefix)
    return tag(
        "figure",
        tag("figcaption", _heading(block, language, prefix)),
        *_drawings(block, name, language),
        _foot(block, language),
        class_="digicit exhibit figure",
        id=name,
        style="margin:1.5em 0",
    )


def _drawings(block: Block, name: str, language: str) -> Iterator[str]:
    """The drawing for a page and the one for a phone; a style sheet shows the one that fits."""
    ground = "background:var(--figure-page,#fff);color:var(--figure-ink,#1b2430);padding:.5em"
    for key, kind, style in (("svg", "broad", ""), ("narrow", "slim", ";display:none")):
        if block.get(key):
            drawing = themed(sanitise_svg(block[key], f"{name}-{kind}-", block["alt"]))
            fitted = '<svg style="max-width:100%;height:auto;display:block" '
            yield tag(
                "div",
                drawing.replace("<svg ", fitted, 1),
                class_=f"drawing {kind}",
                style=ground + style,
                role="group",
                aria_label=label(block, language),
            )


def _table(block: Block, language: str, prefix: str) -> str:
    name = anchor(block, prefix)
    words = f"{label(block, language)}: {block['title']}"
    heading, entries = _heading(block, language, prefix), register(block)
    if entries:
        grid = tag("div", heading, class_="caption") + as_html(entries)
    else:
        grid = scrolling(block, heading, words)
    style = "margin:1.5em 0"
    return tag("div", grid, _foot(block, language), class_="digicit exhibit table", id=name, style=style)


def _heading(block: Block, language: str, prefix: str) -> str:
    """Number, title, the mark of invented data, subtitle."""
    return " ".join(
        [
            tag("span", html(label(block, language)), class_="number"),
            tag("strong", html(block["title"]), class_="title"),
            _mark(block, language),
            _optional("span", block.get("subtitle"), class_="subtitle", style="display:block"),
        ]
    )


def _mark(block: Block, language: str) -> str:
    words = translate(SYNTHETIC, language) if block.get("synthetic") else ""
    return _optional("strong", words, class_="synthetic-mark", style=_MARK)


def _optional(name: str, text: object, **attributes: object) -> str:
    return tag(name, html(text), **attributes) if text else ""


def scrolling(block: Block, caption: str, name: str) -> str:
    """A table in a named region that the keyboard can scroll when it is wider than the page."""
    words = tag("div", caption, class_="caption")
    title = tag("caption", words, style="text-align:start") if caption else ""
    form, style = phone_form(block), "margin:0;font-variant-numeric:tabular-nums"
    style += f";--columns:{len(block['columns']) - 1}" if form == "fold" else ""
    grid = tag("table", title, rows_and_heads(block, form), class_=form, style=style)
    attributes = {"aria-label": name, "style": "overflow-x:auto"}
    return tag("div", grid, class_="region", role="region", tabindex="0", **attributes)


def _summary(words: str) -> str:
    return tag("summary", html(words))


def _foot(block: Block, language: str) -> str:
    """Notes and source; then one quiet line: data and files, code and evidence."""
    notes = "".join(tag("p", html(note), class_="exhibit-note") for note in block.get("notes") or ())
    source = translate("Source", language) + ": " + str(block["source"]) if block.get("source") else ""
    return notes + _optional("p", source, class_="source") + _quiet(block, language)


def _quiet(block: Block, language: str) -> str:
    """One click away, one stop of the keyboard: numbers of a figure, files, code and evidence."""
    words = translate("Data of {exhibit}", language, exhibit=label(block, language)) + f": {block['title']}"
    table = scrolling(block["table"], html(words), words) if block.get("table") else ""
    behind = _behind(block)
    content = _downloads(block, language) + table + behind
    line = N_("Data, code and evidence") if behind else N_("Data and files")
    kind = "data ids" if behind else "data"
    return tag("details", _summary(translate(line, language)), content, class_=kind) if content else ""


def _downloads(block: Block, language: str) -> str:
    """Links to the exhibit's own files: relative paths below the report only."""
    links = [
        tag("a", html(translate(_FILES.get(end, end), language)), href=path, download=path.rsplit("/", 1)[-1])
        for end, path in (block.get("files") or {}).items()
        if re.fullmatch(r"(?!/)(?!.*\.\.)[\w./-]+", path)
    ]
    words = html(translate("Download", language))
    return tag("p", f"{words}: {' · '.join(links)}", class_="downloads") if links else ""


def _behind(block: Block) -> str:
    """The code that made an exhibit, and the ids of its evidence."""
    ids = "".join(tag("li", tag("code", html(i))) for i in block.get("provenance") or ())
    code = "".join(tag("pre", tag("code", html(text)), tabindex="0") for text in block.get("code") or ())
    return code + (tag("ul", ids) if ids else "")


# --- words --------------------------------------------------------------------------------------------


def facts(rows: Iterable[Sequence[object]], name: str = "facts") -> str:
    """Terms and their meanings."""
    pairs = (tag("div", tag("dt", html(term)), tag("dd", html(text))) for term, text in rows)
    return tag("dl", *pairs, class_=name)


def _cover(block: Block, language: str, prefix: str) -> str:
    """Title, subtitle and facts; the page has its own larger form of the title."""
    title = tag("p", html(block["title"]), class_="cover-title", style="font-size:1.6em;font-weight:700")
    subtitle = _optional("p", block.get("subtitle"), class_="subtitle")
    table = facts(block.get("facts") or ())
    return tag("header", title, subtitle, _mark(block, language), table, class_="digicit cover")


def exhibit_of(block: Block) -> dict[str, str] | None:
    """The exhibit that a finding points at: the number of a figure, or a word such as "table-2".

    Examples
    --------
    >>> exhibit_of({"exhibit": 3}), exhibit_of({"exhibit": "table-2"}), exhibit_of({})
    ({'kind': 'figure', 'number': '3'}, {'kind': 'table', 'number': '2'}, None)
    """
    match = re.fullmatch(r"(?:(figure|table)-)?(\d+)", str(block.get("exhibit") or ""))
    return {"kind": match[1] or "figure", "number": match[2]} if match else None


def _finding(block: Block, language: str, prefix: str) -> str:
    target = exhibit_of(block)
    link = tag("a", html(label(target, language)), href="#" + anchor(target, prefix)) if target else ""
    texts = [text_of(part) for part in block["parts"]]
    if (lead := _lead(block["parts"])) is not None:
        # Large is the number alone: an interval that its evidence names in brackets is text.
        texts[lead] = re.sub(r">([^(<]*[^(<\s])", r'><span class="lead">\1</span>', texts[lead], count=1)
    inside = ("".join(texts), f" ({link})" if link else "")
    return tag("p", *inside, class_="digicit finding", lang=block.get("lang"))


def _lead(parts: Sequence[Any]) -> int | None:
    """The number that a card sets large: the first share, else the first that is no year.

    Some languages put in front what a share is of: a year, a count of countries.
    """
    texts = {
        i: str(part["text"]) for i, part in enumerate(parts) if isinstance(part, Mapping) and part.get("id")
    }
    numbers = [i for i, text in texts.items() if not re.fullmatch(r"\d{4}", text)]
    return next((i for i in numbers if "%" in texts[i]), numbers[0] if numbers else None)


def note_title(block: Block, language: str = "en") -> str:
    """The title of a note; without one, the word for its tone."""
    words = _NOTE_WORDS.get(str(block.get("tone"))) or N_("Note")
    return str(block.get("title") or translate(words, language))


def _note(block: Block, language: str, prefix: str) -> str:
    tone = block["tone"] if block.get("tone") in _TONES else "info"
    title = tag("strong", html(note_title(block, language)) + ".")
    style = f"border-inline-start:4px solid {_TONES[tone]};padding:.3em 1em;margin:1em 0"
    text = tag("p", title, " ", html(block["text"]))
    return tag("div", text, class_=f"digicit note {tone}", role="note", style=style)


def _titled(block: Block, content: str) -> str:
    title = _optional("p", block.get("title"), class_="block-title", style="font-weight:700")
    return tag("div", title, content, class_="digicit titled") if title else content


def _definitions(block: Block, language: str, prefix: str) -> str:
    return _titled(
        block, facts(block["rows"], f"digicit definitions{' stated' if block.get('stated') else ''}")
    )


def _list(block: Block, language: str, prefix: str) -> str:
    items = "".join(tag("li", html(item)) for item in block["items"])
    return _titled(block, tag("ul", items, class_="digicit list"))


def _quotation(block: Block, language: str, prefix: str) -> str:
    """The words as spoken in their language, a translation with its translator, who spoke."""
    first_line = tag("p", html(block["text"]), lang=block.get("lang"), dir="auto")
    word = translate("translation", language)
    by = f" ({word}: {block['translator']})" if block.get("translator") else ""
    translation = f"{block['translation']}{by}" if block.get("translation") else ""
    translation_line = _optional(
        "p", translation, class_="translation", lang=block.get("translation_lang") or language
    )
    words = tag("blockquote", first_line, translation_line, style="margin:.5em 0 .5em 1.5em")
    spoke = tag("figcaption", f"— {html(block['attribution'])} ", _mark(block, language))
    return tag("figure", words, spoke, class_="digicit quotation", data_id=block.get("id"))


def _provenance(block: Block, language: str, prefix: str) -> str:
    return facts(block["rows"], "digicit provenance")


def _prose(block: Block, language: str, prefix: str) -> str:
    """Markdown as it is written; the pages and JupyterLab set it."""
    return tag("pre", html(block["text"]), class_="digicit prose")


def _grid(block: Block, language: str, prefix: str) -> str:
    """A table without a number, such as a result looked at by hand."""
    title = str(block.get("title") or "")
    return scrolling(block, html(title), title or translate("Data table", language))


def _files(block: Block, language: str, prefix: str) -> str:
    return _titled(block, _downloads(block, language))


RENDERERS: dict[str, Callable[[Block, str, str], str]] = {
    "cover": _cover,
    "figure": _figure,
    "table": _table,
    "finding": _finding,
    "note": _note,
    "definitions": _definitions,
    "quotation": _quotation,
    "list": _list,
    "prose": _prose,
    "grid": _grid,
    "files": _files,
    "provenance": _provenance,
}
