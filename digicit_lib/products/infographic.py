"""Posters of a sheet's numbers: square or tall, as SVG and PNG beside the page."""

import re

from digicit_lib.evidence import Estimate
from digicit_lib.exhibits.blocks import SYNTHETIC
from digicit_lib.exhibits.poster import Panel, poster
from digicit_lib.language.typography import NBSP
from digicit_lib.products.kinds import likeliest_word
from digicit_lib.products.page_parts import Sheet
from digicit_lib.products.rights_map import side
from digicit_lib.workbook.closing import help_services
from digicit_lib.workbook.findings import TOKEN, Part

SHAPES = {"square": 3, "tall": 5}  # and how many numbers fit
Sentence = tuple[Estimate, list[Part]]


def infographic(product: Sheet, shape: str = "square") -> None:
    """A poster of the product's levels; none where it says no share.

    Parameters
    ----------
    product : Product
    shape : {"square", "tall"}
        1080 × 1080 or 1080 × 1920 pixels.
    """
    count = SHAPES[likeliest_word(shape, tuple(SHAPES), "shape")]
    sentences = paired(product, sentences_of(product), count)
    if not sentences:
        return
    rights = [product._plain(piece) for piece in product.template.section("rights") if piece.kind == "item"]
    services = help_services(product.params, product.voice, product.synthetic)[:1]
    place = (product.country, product.say(str(product.params.study.wave)), product.source)
    drawing = poster(
        product.title,
        [_panel(*one) for one in sentences],
        lines=[*rights[:1], *(f"{name}: {text}" for name, text in services)],
        foot=" · ".join(filter(None, place)),
        shape=shape,
        colour=product.kind.colour,
        mark=product.say(SYNTHETIC) if product.synthetic else "",
    )
    name = f"exhibits/{'SYNTHETIC-' if product.synthetic else ''}infographic-{shape}"
    product.exhibits.files |= {f"{name}.svg": drawing.svg, f"{name}.png": drawing.png}
    files = {"svg": f"{name}.svg", "png": f"{name}.png"}
    ids = list(product.gate.used)
    product.show({"kind": "files", "title": drawing.alt, "files": files, "provenance": ids})


def sentences_of(product: Sheet) -> list[Sentence]:
    """Shares that the sheet says, by statements or by lines of its text, each with its sentence."""
    sentences = [(one.level, one.parts) for one in product.statements if one.level]
    lines = [p for p in product.template.section("numbers") if TOKEN.search(p.text) and product.whole(p)]
    for parts in map(product.parts_of, lines):
        first = next(part["id"] for part in parts if isinstance(part, dict))
        sentences.append((product.gate.used[first], parts))
    return [(estimate, parts) for estimate, parts in sentences if estimate.unit == "share"]


def paired(product: Sheet, items: list[Sentence], count: int) -> list[Sentence]:
    """The first numbers, the last of them giving way so that both risk and opportunity are there."""
    sides = {estimate.id: _side(product, estimate) for estimate, _ in items}
    first = items[:count]
    for side_needed in ("opportunities", "risks"):
        others = [one for one in items if sides[one[0].id] == side_needed]
        if others and not [one for one in first if sides[one[0].id] == side_needed]:
            first = [*first[: count - 1], others[0]]
    return first


def _side(product: Sheet, estimate: Estimate) -> str:
    indicator = product.choice.forms.get(estimate.indicator)
    return side(indicator) if indicator else ""


def _panel(estimate: Estimate, parts: list[Part]) -> Panel:
    """A sentence's first number, large, and the words around it."""
    at = next(i for i, part in enumerate(parts) if isinstance(part, dict))
    last = parts[at + 1 :] == ["."]
    rest = parts[at + 1 :] if at == 0 else parts[:at] if last else parts
    words = "".join(part if isinstance(part, str) else part["text"] for part in rest).strip(" :")
    words = re.sub(r"\bn (?=\d)", f"n{NBSP}", words)
    return Panel(str(parts[at]["text"]), words, estimate.estimate)  # type: ignore[index]
