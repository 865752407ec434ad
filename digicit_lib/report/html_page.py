"""The page of a story: one self-contained HTML file; every piece is escaped where it is made."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from digicit_lib.exhibits import blocks
from digicit_lib.exhibits.blocks import tag
from digicit_lib.exhibits.colours import colour_css, font_css
from digicit_lib.language import direction, translate
from digicit_lib.language.codes import label_table
from digicit_lib.report import prose
from digicit_lib.report.foreign import TAG, in_english, is_english
from digicit_lib.report.story import Node, Story, said_once
from digicit_lib.report.tall_figures import windows
from digicit_lib.safe import clean, html

TEMPLATES = Path(__file__).parent / "template"
BANNERS = label_table("banners")  # of a report with invented parts, or invented whole
PRINTED, PRINTED_PART = 600.0, 520.0  # points of a drawing that a page of paper holds, and of its parts
ON_COVER = 3  # rows of a box on the cover that stand open: of ethics clearance, consent and referral
Links = Sequence[tuple[str, str]]
# A notebook's table brings its style with each cell, a page says it once.
_COLOUR = re.compile(r"(var\(--figure-[a-z]+), ?#[0-9a-f]{3,6}\)")  # nor a colour that the page names
_SIDES = re.compile(r' style="text-align:(start|end|center)"(?: class="(long)")?')


def page(story: Story, links: Links = ()) -> str:
    """The story as one HTML file.

    Parameters
    ----------
    story : Story
    links : sequence of (str, str)
        Words and relative addresses of the other forms of the report.

    Returns
    -------
    str
        Asks for nothing from outside and works without JavaScript.

    Examples
    --------
    >>> from digicit_lib.report.story import read_story
    >>> "<h1>A &lt; B</h1>" in page(read_story({"cells": [], "metadata": {}}, title="A < B"))
    True
    """
    return fill("index.html.j2", resources={"digicit": page_model(story, links)})


def fill(template: str, **values: Any) -> str:
    """A template of this room with its values."""
    way = direction(str(values.get("language", "en")))
    page = _environment().get_template(template).render(direction=way, **values, house=_house())
    head, start, body = page.partition("<body")
    language = head.partition('<html lang="')[2].partition('"')[0]
    if is_english(head.partition("<title>")[2].partition("</title>")[0], language):
        head = head.replace("<title>", '<title lang="en">')
    page = head + start + in_english(body, language)
    page = _COLOUR.sub(r"\1)", page if "<em" in page else page.replace(font_css("Italic"), ""))
    return _SIDES.sub(lambda side: f' class="{" ".join(filter(None, side.groups()))}"', page)


@lru_cache
def _house() -> Markup:
    """The font and the colours of figures, which every page carries."""
    dark = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {colour_css(True)} }} }}"
    return Markup(f"{font_css('Regular', 'Bold')}\n{font_css('Italic')}\n:root {{ {colour_css()} }}\n{dark}")


@lru_cache
def _environment() -> Any:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


def page_model(story: Story, links: Links = ()) -> dict[str, Any]:
    """All that the template prints; HTML is `Markup`, everything else is text."""
    cover, language = story.cover, story.language
    banner, label = banners(story)
    words = {name: translate(text, language) for name, text in _WORDS.items()}
    rest = words["evidence"] if story.kind == "report" else ""
    lead, body = _parted(story)
    return {
        "language": language,
        "direction": direction(language),
        "title": clean(story.title),
        "heading": Markup(in_english(tag("h1", html(clean(story.title))), language)),
        "subtitle": clean(cover.get("subtitle") or ""),
        "status": clean(cover.get("status") or ""),
        "facts": Markup(in_english(blocks.facts(cover.get("facts") or ()), language)),
        "lead": Markup(unbroken(in_english("".join(_lead(part, language) for part in lead), language))),
        "banner": banner,
        "short_banner": label,
        "margin_banner": Markup(css_string(label)),
        "kind": f"{story.kind} large" if cover.get("letters") else story.kind,
        "contents": [_entry(part) for part in story.parts if part["type"] == "heading" and part["level"] < 4],
        "exhibits": [_exhibit(block, language) for block in story.blocks("figure", "table")],
        "body": [Markup(linked(unbroken(in_english("\n".join(_body(story, body)), language)), rest))],
        "citation": clean(story.citation),
        "records": citation_records(story),
        "links": [(translate(name, language), address) for name, address in links],
        "words": words,
    }


_WORDS = label_table("page")


def banners(story: Story) -> tuple[str, str]:
    """What the top of the report says of invented data, and the label of each page."""
    texts = (BANNERS.get(f"{story.synthetic}{end}", "") for end in ("", " label"))
    banner, label = (translate(text, story.language) for text in texts)
    return banner, label


def citation_records(story: Story) -> str:
    """How to cite a report of a study, for a reference manager: as BibTeX and as RIS.

    Examples
    --------
    >>> from digicit_lib.report.story import Story
    >>> cover = {"study": "land", "phase": "quantitative", "date": "2026-11-01", "subtitle": "Land"}
    >>> records = citation_records(Story("Rules & rights", "en", cover, (), "")).splitlines()
    >>> records[:2]
    ['@misc{land_quantitative_2026,', '  title = {{Rules \\\\& rights: Land}},']
    >>> records[6:8]
    ['TY  - RPRT', 'TI  - Rules & rights: Land']
    """
    study, phase, date = (str(story.cover.get(name) or "") for name in ("study", "phase", "date"))
    if not (study and date and story.kind == "report"):
        return ""
    title = clean(": ".join(filter(None, (story.title, story.cover.get("subtitle")))))
    escaped = re.sub(r"([&%$#_{}])", r"\\\1", title)
    year, language = date[:4], story.language
    fields = f"  title = {{{{{escaped}}}}},\n  year = {{{year}}},\n  language = {{{language}}}\n"
    bibtex = f"@misc{{{study}_{phase}_{year},\n{fields}}}"
    return f"{bibtex}\n\nTY  - RPRT\nTI  - {title}\nPY  - {year}\nLA  - {language}\nER  - "


def css_string(text: str) -> str:
    """A text as a CSS string, for the margin of printed pages."""
    return '"' + "".join(c for c in clean(text) if c not in '"\\<>\n') + '"'


def _entry(part: Node) -> dict[str, Any]:
    return {"level": part["level"], "id": part["id"], "text": clean(prose.inline_text(part["parts"]))}


def _exhibit(block: Mapping[str, Any], language: str) -> dict[str, str]:
    title = f"{blocks.label(block, language)}. {block['title']}"
    return {"id": blocks.anchor(block), "text": clean(title)}


def _parted(story: Story) -> tuple[list[Node], list[Node]]:
    """What stands on a report's cover, before its first heading, and what follows."""
    parts = _with_code(said_once(story).parts)
    heads = (place for place, part in enumerate(parts) if part["type"] == "heading")
    first = next(heads, 0) if story.kind == "report" else 0
    return parts[:first], parts[first:]


def _lead(part: Node, language: str) -> str:
    """A part of the cover: of a box of facts the first stand open; the banner says what is invented."""
    block = part.get("block", {})
    rows = block.get("rows", ())
    if block.get("tone") == "synthetic":
        return _folded(blocks.note_title(block, language), tag("p", html(block["text"])))
    if block.get("kind") != "definitions":
        return piece(part, language)
    count = len(rows) if len(rows) <= ON_COVER + 1 else ON_COVER
    first = piece({**part, "block": {**block, "rows": rows[:count]}}, language)
    rest = blocks.facts(rows[count:], "definitions") if rows[count:] else ""
    more = _folded(translate("More of this", language), rest) if rest else ""
    return tag("div", first, more, class_="box")


def _folded(words: str, content: str) -> str:
    return tag("details", tag("summary", html(words)), content)


def _body(story: Story, parts: Iterable[Node]) -> Iterator[str]:
    """The parts as HTML: key findings as cards, code behind the exhibit that it made.

    Where all is invented each run of findings has one mark, as each exhibit has.
    """
    language = story.language
    ribbon = tag("p", tag("span", html(banners(story)[1]), class_="synthetic-mark"), class_="ribbon")
    for kind, run in groupby(parts, _kind_of_run):
        text = "".join(piece(part, language) for part in run)
        if kind and story.synthetic == "all":
            yield ribbon
        yield tag("div", text, class_="cards") if kind == "key" else text


_NUMBER = re.compile(r'(<data class="evidence"[^>]* data-id="([^"]+)">)(.*?)(</data>)')
# A drawing, code and a tag are no text of the page: HTML inside a drawing would end it.
_FIGURE = r"[−-]?\d(?:[\d.,\u00a0\u202f]*\d)?"
_WHOLE = re.compile(rf"\[?{_FIGURE}–{_FIGURE}\]?|(?<!\w)n[ \u00a0]{_FIGURE}")
_RANGE = re.compile(r"<data[^>]*>(?:(?!</data>).)*</data>–<data[^>]*>(?:(?!</data>).)*</data>")
_EVIDENCE = re.compile(r"<li><code>([^<]+)</code></li>")


def linked(body: str, rest: str = "") -> str:
    """Each number of a page leads to its evidence, in the exhibit that names it first.

    A way for the pointer: the keyboard opens the same evidence at the exhibit, so that no number is a stop.

    Parameters
    ----------
    body : str
        HTML of the page.
    rest : str
        What to call the evidence that no exhibit names, listed at the end; without it those stay unlinked.

    Examples
    --------
    >>> row = '<data class="evidence" value="1" data-id="a/b">1%</data>'
    >>> linked(row + "<ul><li><code>a/b</code></li></ul>").count("#e1"), linked(row) == row
    (1, True)
    """
    names = dict.fromkeys(_EVIDENCE.findall(body))
    others = dict.fromkeys(match[1] for match in _NUMBER.findall(body) if match[1] not in names)
    if rest and others:
        rows = "".join(tag("li", tag("code", name)) for name in others)
        body += tag("details", tag("summary", html(rest)), tag("ul", rows), class_="ids")
    anchors = {name: f"e{place}" for place, name in enumerate([*names, *others], 1)}
    waiting = dict(anchors)
    body = _EVIDENCE.sub(lambda row: tag("li", row[1], id=waiting.pop(row[1], "")), body)
    return _NUMBER.sub(lambda match: _link(match, anchors if rest else {n: anchors[n] for n in names}), body)


def unbroken(body: str) -> str:
    """Ranges of numbers, and n with its number, on one line; cells of numbers never break.

    Examples
    --------
    >>> unbroken('<p title="9–17">aged 9–17, n 1,025</p>')
    '<p title="9–17">aged <span class="whole">9–17</span>, <span class="whole">n 1,025</span></p>'
    >>> unbroken("<svg><text>9–17</text></svg>")
    '<svg><text>9–17</text></svg>'
    """
    pieces = TAG.split(body)
    for at in range(0, len(pieces), 2):
        is_cell = at and pieces[at - 1].startswith("<td") and "end" in pieces[at - 1]
        if not (is_cell and _WHOLE.fullmatch(pieces[at])):
            pieces[at] = _WHOLE.sub(r'<span class="whole">\g<0></span>', pieces[at])
    return _RANGE.sub(r'<span class="whole">\g<0></span>', "".join(pieces))


def _link(match: re.Match[str], anchors: Mapping[str, str]) -> str:
    start, name, text, end = match.groups()
    link = tag("a", text, href=f"#{anchors[name]}", tabindex="-1") if name in anchors else text
    return start + link + end


def _kind_of_run(part: Node) -> str:
    """What a run of parts is made of: key findings, other findings, or anything else."""
    block = part.get("block", {})
    if block.get("kind") != "finding":
        return ""
    return "key" if block.get("key") else "other"


def _with_code(parts: Iterable[Node]) -> list[Node]:
    """Code since the exhibit before stands behind an exhibit; what belongs to none stands at the end."""
    nodes: list[Node] = []
    waiting: list[str] = []
    for part in parts:
        block = nodes[-1].get("block", {}) if nodes else {}
        if part["type"] != "code":
            nodes.append(part)
        elif block.get("kind") in ("figure", "table") and not block.get("code"):
            nodes[-1] = {**nodes[-1], "block": {**block, "code": [*waiting, part["text"]]}}
            waiting = []
        else:
            waiting.append(part["text"])
    return [*nodes, *([{"type": "code", "text": "\n\n".join(waiting)}] if waiting else [])]


def _printable(page: str, block: Mapping[str, Any]) -> str:
    """A figure taller than a page, and windows on it: browsers leave pages empty around one whole."""
    boxes = windows(str(block.get("svg") or ""), PRINTED, PRINTED_PART) if block["kind"] == "figure" else []
    if not boxes:
        return page
    name = f"{blocks.anchor(block)}-whole"
    page = page.replace("<svg ", f'<svg id="{name}" ', 1)
    size = re.search(r'<svg [^>]*viewBox="([^"]+)"', page)
    whole = size[1].split() if size else ["0"] * 4
    place = f'x="{whole[0]}" y="{whole[1]}" width="{whole[2]}" height="{whole[3]}"'
    parts = "".join(f'<svg viewBox="{box}"><use href="#{name}" {place}/></svg>' for box in boxes)
    head, mark, rest = page.partition('<div class="drawing slim"')
    return f'{head}<div class="printed" aria-hidden="true">{parts}</div>{mark}{rest}'


def piece(part: Node, language: str) -> str:
    """One part of the story as HTML."""
    kind = part["type"]
    if kind == "block":
        return _printable(blocks.block_html(part["block"], language), part["block"])
    if kind == "code":
        words = translate("Code of the other cells", language)
        content = tag("pre", tag("code", html(part["text"])), tabindex="0")
        return tag("details", tag("summary", html(words)), content, class_="code")
    if kind == "picture":
        return _picture(part, language)
    if kind == "error":
        words = translate("This step failed: {name}.", language, name=part["name"])
        return tag("p", html(words), class_="failed", role="alert")
    return prose.to_html(part)


def _picture(part: Node, language: str) -> str:
    """A picture that an annex drew by itself; it has no number and may have no description."""
    alt = part["alt"] or translate("A picture without a description", language)
    return f'<figure class="picture"><img src="data:{html(part["mime"])};base64,{html(part["data"])}" ' + (
        f'alt="{html(alt)}"></figure>'
    )
