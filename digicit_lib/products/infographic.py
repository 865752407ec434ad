"""Posters of a sheet's number: square or tall, as SVG and PNG beside the page."""

import re

from digicit_lib.evidence import Estimate
from digicit_lib.exhibits.blocks import SYNTHETIC
from digicit_lib.exhibits.poster import Panel, poster
from digicit_lib.exhibits.tables import interval_text
from digicit_lib.language import number
from digicit_lib.language.typography import NBSP
from digicit_lib.products.directives import group_of
from digicit_lib.products.kinds import likeliest_word
from digicit_lib.products.page_parts import Sheet
from digicit_lib.products.rights_map import side
from digicit_lib.workbook.closing import help_services
from digicit_lib.workbook.findings import TOKEN, Part

SHAPES = ("square", "tall")
Sentence = tuple[Estimate, list[Part]]


def infographic(product: Sheet, shape: str = "square") -> None:
    """A poster of one of the product's levels; none where it says no share.

    Parameters
    ----------
    product : Product
    shape : {"square", "tall"}
        1080 × 1080 or 1080 × 1920 pixels.
    """
    likeliest_word(shape, SHAPES, "shape")
    sentences = sentences_of(product)
    if not sentences:
        return
    estimate, parts = told_first(product, sentences)
    rights = [product._plain(piece) for piece in product.template.section("rights") if piece.kind == "item"]
    services = help_services(product.params, product.voice, product.synthetic)[:1]
    drawing = poster(
        product.title,
        _panel(estimate, parts),
        lines=[*rights[:1], *(f"{name}: {text}" for name, text in services)],
        foot=_foot(product, estimate),
        shape=shape,
        colour=product.kind.colour,
        mark=product.say(SYNTHETIC) if product.synthetic else "",
    )
    name = f"exhibits/{'SYNTHETIC-' if product.synthetic else ''}infographic-{shape}"
    product.exhibits.files |= {f"{name}.svg": drawing.svg, f"{name}.png": drawing.png}
    files = {"svg": f"{name}.svg", "png": f"{name}.png"}
    ids = list(product.gate.used)
    product.show({"kind": "files", "title": drawing.alt, "files": files, "provenance": ids})


def _foot(product: Sheet, estimate: Estimate) -> str:
    """Who was asked, how many answered, the interval; then the country and the source."""
    language = product.language
    ends = interval_text(estimate.ci_low, estimate.ci_high, language=language, decimals=0)
    answers = f"n{NBSP}{number(int(estimate.n), language)}"
    whom = (group_of(product, estimate), product.say(estimate.base))
    return " · ".join(filter(None, (*whom, answers, ends and f"[{ends}]", product.country, product.source)))


def sentences_of(product: Sheet) -> list[Sentence]:
    """Shares that the sheet says, by statements or by lines of its text, each with its sentence."""
    sentences = [(one.level, one.parts) for one in product.statements if one.level]
    lines = [p for p in product.template.section("numbers") if TOKEN.search(p.text) and product.whole(p)]
    for parts in map(product.parts_of, lines):
        first = next(part["id"] for part in parts if isinstance(part, dict))
        sentences.append((product.gate.used[first], parts))
    return [(estimate, parts) for estimate, parts in sentences if estimate.unit == "share"]


def told_first(product: Sheet, sentences: list[Sentence]) -> Sentence:
    """The number of the poster: what children can do before what may happen to them."""
    forms = product.choice.forms
    chances = (one for one in sentences if one[0].indicator in forms)
    return next((one for one in chances if side(forms[one[0].indicator]) == "opportunities"), sentences[0])


def _panel(estimate: Estimate, parts: list[Part]) -> Panel:
    """A sentence's first number, large, and the words around it."""
    at = next(i for i, part in enumerate(parts) if isinstance(part, dict))
    last = parts[at + 1 :] == ["."]
    rest = parts[at + 1 :] if at == 0 else parts[:at] if last else parts
    words = "".join(part if isinstance(part, str) else part["text"] for part in rest).strip(" :")
    words = re.sub(r"\bn (?=\d)", f"n{NBSP}", words)
    return Panel(str(parts[at]["text"]), words, estimate.estimate)  # type: ignore[index]
