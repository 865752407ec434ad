"""Sheets of two pages and posters for one audience: children, parents, teachers, the public, the press."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from digicit_lib.errors import EvidenceError
from digicit_lib.params import load_params
from digicit_lib.products import AUDIENCES
from digicit_lib.products.rights_map import side
from digicit_lib.products.templates import Piece
from digicit_lib.workbook.base import Workbook
from digicit_lib.workbook.closing import help_services
from digicit_lib.workbook.findings import TOKEN, form
from digicit_lib.workbook.product import one_of, options
from digicit_lib.workbook.template_product import Sheet

COLOURS = ("#12436D", "#801650", "#1B6B64", "#12436D", "#801650", "#1B6B64", "#3D3D3D")
BOUNDS = {"messages": (1, 1), "numbers": (3, 5), "figures": (1, 1)}
SHAPES = {"square": 3, "tall": 5}  # and how many numbers fit


class Communication(Sheet):
    """A communication sheet: one message, few numbers, one figure, rights, help, what to do."""

    phase = "communication"
    required = ("help", "rights", "numbers", "figure", "limits", "do", "how")

    @property
    def pages(self) -> int:
        return 2

    @classmethod
    def from_study(cls, study: str, root: Path, language: str, **which: str | bool) -> Workbook:
        """The sheet for an `audience`, one of `AUDIENCES`."""
        given = options(which, audience="public", demonstration=False)
        chosen = one_of(given.pop("audience"), AUDIENCES, "audience")
        given |= {"name": f"communication_{chosen}", "reader": AUDIENCES[chosen], "audience": chosen}
        return cls(load_params(study, root), root, language, **given)

    def _check_shape(self) -> None:
        """One message, three to five numbers, one figure: what a reader can keep."""
        pieces = self.template.pieces
        spoken = " ".join(piece.text for piece in pieces if piece.kind != "directive")
        held = {
            "messages": sum(piece.kind == "message" for piece in pieces),
            "numbers": len({match[1].strip() for match in TOKEN.finditer(spoken)}),
            "figures": sum((piece.kind, piece.text) == ("directive", "figure") for piece in pieces),
        }
        for what, (least, most) in BOUNDS.items():
            if not least <= held[what] <= most:
                where, got = f"{self.template.file}:1", f"{held[what]} {what}"
                allowed = f"{least}" if least == most else f"{least} to {most}"
                raise EvidenceError("A sheet is short.", where=where, got=got, allowed=f"{allowed} {what}")

    def infographic(self, shape: str = "square") -> None:
        """A poster of the sheet's numbers, as SVG and PNG beside the page.

        Parameters
        ----------
        shape : {"square", "tall"}
            1080 × 1080 or 1080 × 1920 pixels.
        """
        from digicit_lib.exhibits.poster import poster

        count = SHAPES[one_of(shape, SHAPES, "shape")]
        items = [piece for piece in self.template.section("numbers") if TOKEN.search(piece.text)]
        rights = [self._plain(piece) for piece in self.template.section("rights") if piece.kind == "item"]
        made = poster(
            self.title,
            [self._panel(piece) for piece in self._paired(items, count)],
            lines=[
                *rights[:1],
                *(
                    f"{name}: {text}"
                    for name, text in help_services(self.params, self.voice, self.synthetic)[:1]
                ),
            ],
            foot=" · ".join(filter(None, [self.country, self.say(str(self.params.study.wave)), self.source])),
            shape=shape,
            colour=COLOURS[list(AUDIENCES.values()).index(self.reader)],
            synthetic=self.synthetic,
        )
        name = f"exhibits/{'SYNTHETIC-' if self.synthetic else ''}infographic-{shape}"
        self.exhibits.files |= {f"{name}.svg": made.svg, f"{name}.png": made.png}
        files = {"svg": f"{name}.svg", "png": f"{name}.png"}
        self.show({"kind": "files", "title": made.alt, "files": files, "provenance": list(self.gate.used)})

    def _paired(self, items: list[Piece], count: int) -> list[Piece]:
        """The first numbers, the last of them giving way so that both risk and opportunity are there."""
        sides = {piece: self._side_of(piece) for piece in items}
        chosen = items[:count]
        for wanted in ("opportunities", "risks"):
            others = [piece for piece in items if sides[piece] == wanted]
            if others and not [piece for piece in chosen if sides[piece] == wanted]:
                chosen = [*chosen[: count - 1], others[0]]
        return chosen

    def _side_of(self, piece: Piece) -> str:
        token = TOKEN.search(piece.text)
        indicator = self._definition(self.find(token[1].strip())) if token else None
        return side(indicator) if indicator else ""

    def _panel(self, piece: Piece) -> Any:
        """A sentence's first number, large, and the words around it."""
        from digicit_lib.exhibits.poster import Panel

        parts = self._parts(piece)
        at = next(i for i, part in enumerate(parts) if isinstance(part, dict))
        number, match = parts[at], TOKEN.search(self.say(piece.text))
        estimate = self.gate.used[number["id"]]  # type: ignore[index]
        big = number["text"]  # type: ignore[index]
        if match and match[2] == "ci":
            big = form(estimate, "", self.language)
        last = parts[at + 1 :] == ["."] and not (match and match[2] == "ci")
        rest = parts[at + 1 :] if at == 0 else parts[:at] if last else parts
        words = "".join(part if isinstance(part, str) else part["text"] for part in rest).strip(" :")
        return Panel(str(big), words, estimate.estimate if estimate.unit == "share" else None)
