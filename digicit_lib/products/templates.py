"""Product texts: Markdown files that people edit, with evidence tokens, read into pieces with their lines.

A template is plain Markdown: one ``# title``, one ``> message``, ``## headings {#key}``, paragraphs and
``- items``. A line that is only ``{name}`` or ``{name: words}`` asks for something made from evidence (a
figure, the numbers' bases, quotations). Every piece of text is one message for translators.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from digicit_lib.errors import EvidenceError, PublicationRefused, suggest
from digicit_lib.params.asks import PLACEHOLDER
from digicit_lib.products.conditions import KnownFacts, holds
from digicit_lib.project import ProjectFolder, text_written_in

SHIPPED = Path(__file__).with_name("texts")
_HEADING = re.compile(r"(#{1,3}) +(.+?)(?: +\{#([a-z_]+)\})?$")
_DIRECTIVE = re.compile(r"\{([a-z_]+)(?:: *([^{}|]*))?\}")
_CONDITION = re.compile(r"\{if: (.+)\}|\{(else|end)\}")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NONE = KnownFacts()


@dataclass(frozen=True)
class Piece:
    """A heading, paragraph, item, message or directive of a template.

    Attributes
    ----------
    kind : {"heading", "paragraph", "item", "message", "directive", "condition"}
    text : str
        Its words, a directive's name, or `if`, `else` and `end` of a condition.
    line : int
    key : str
        The key of a heading, the words of a directive, what a condition asks.
    level : int
        Of a heading.
    """

    kind: str
    text: str
    line: int
    key: str = ""
    level: int = 0


@dataclass(frozen=True)
class Template:
    """The text of one product.

    Attributes
    ----------
    name, file : str
    pieces : tuple of Piece
    """

    name: str
    file: str
    pieces: tuple[Piece, ...]

    @property
    def title(self) -> str:
        """The first heading of the first level."""
        return next(p.text for p in self.pieces if p.level == 1)

    def parts(self) -> list[tuple[Piece | None, list[Piece]]]:
        """Each heading below the title with the pieces up to the next; None before the first."""
        sections: list[tuple[Piece | None, list[Piece]]] = [(None, [])]
        for piece in (p for p in self.pieces if p.level != 1):
            if piece.kind == "heading":
                sections.append((piece, []))
            else:
                sections[-1][1].append(piece)
        return sections

    def section(self, key: str) -> list[Piece]:
        """The pieces under the headings with a key."""
        return [piece for head, pieces in self.parts() if head and head.key == key for piece in pieces]

    def where(self, piece: Piece) -> str:
        """File and line of a piece."""
        return f"{self.file}:{piece.line}"

    def messages(self) -> Iterator[tuple[int, str]]:
        """Line and text of everything that is translated."""
        return ((p.line, p.text) for p in self.pieces if p.kind not in ("directive", "condition"))

    def of_study(self, known: KnownFacts) -> Template:
        """The template with only the lines whose conditions hold in a study.

        Raises
        ------
        EvidenceError
            A condition that cannot be evaluated, within another, or without its end; with file and line.
        """
        pieces: list[Piece] = []
        opened: Piece | None = None
        holding, otherwise = True, False
        for piece in self.pieces:
            if piece.kind != "condition":
                pieces += [piece] if holding else []
                continue
            again = piece.text == "else" and otherwise
            if again or (piece.text == "if") is (opened is not None):
                what = "A condition stands within another." if opened else "No condition is open here."
                what = "A condition has one {else}." if again else what
                raise EvidenceError(what, where=self.where(piece), allowed="{if: …}, {else}, {end}")
            opened = None if piece.text == "end" else piece if piece.text == "if" else opened
            holding = holds(piece.key, known, self.where(piece)) if piece.text == "if" else not holding
            holding, otherwise = holding if opened else True, piece.text == "else"
        if opened:
            raise EvidenceError("A condition has no end.", where=self.where(opened), next="{end}")
        return replace(self, pieces=tuple(pieces))


def load_template(
    name: str,
    root: Path,
    study: str = "",
    *,
    directives: Iterable[str] = (),
    required: Iterable[str] = (),
    slots: Iterable[str] = (),
) -> Template:
    """A product's template: the study's own, else the project's, else the one that ships.

    Parameters
    ----------
    name : str
        Such as ``communication_parents``.
    root : Path
        The project folder; own templates stand in ``params/products/<study>/`` and ``params/products/``.
    study : str
    directives : iterable of str
        Names that a line of its own may ask for.
    required : iterable of str
        Keys of sections that the product cannot do without.
    slots : iterable of str
        What a line ``{say: …}`` may ask for.

    Returns
    -------
    Template

    Raises
    ------
    EvidenceError
        No such template, or one that cannot be read, with its file and line.
    """
    paths = (folder / f"{name}.md" for folder in ProjectFolder(root).texts(study))
    path = next(filter(Path.is_file, paths), None)
    if path is None:
        names = sorted(p.stem for p in SHIPPED.glob("*.md"))
        raise EvidenceError("There is no such template.", got=name, allowed=", ".join(names))
    label = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    pieces = parse_template(text_written_in(path, label), label)
    template = Template(name, label, pieces)
    _check(template, {"say": set(slots), **{name: set() for name in directives}}, list(required))
    template.of_study(_NONE)
    return template


def shipped_messages() -> Iterator[tuple[str, int, str]]:
    """File, line and text of all that translators get from the templates that ship."""
    for path in sorted(SHIPPED.glob("*.md")):
        yield from template_messages(path, f"digicit_lib/products/texts/{path.name}")


def template_messages(path: Path, file: str) -> Iterator[tuple[str, int, str]]:
    """The same of one template, its file called `file`."""
    template = Template(path.stem, file, parse_template(text_written_in(path, file), file))
    yield from ((file, line, text) for line, text in template.messages())


def parse_template(text: str, file: str = "template") -> tuple[Piece, ...]:
    """The pieces of a template's text.

    Parameters
    ----------
    text : str
    file : str
        Its name in messages.

    Returns
    -------
    tuple of Piece

    Raises
    ------
    EvidenceError
        A brace that is not closed, with its line.

    Examples
    --------
    >>> [(p.kind, p.text, p.line) for p in parse_template("# You\\n\\nYou may\\nask.\\n- One\\n{help}")]
    [('heading', 'You', 1), ('paragraph', 'You may ask.', 3), ('item', 'One', 5), ('directive', 'help', 6)]
    """
    blank = _COMMENT.sub(lambda m: "\n" * m[0].count("\n"), text)
    pieces: list[Piece] = []
    open_ = False
    for number, raw in enumerate(blank.splitlines(), 1):
        line = raw.strip()
        if line.count("{") != line.count("}"):
            raise EvidenceError("A token is not closed.", where=f"{file}:{number}", got=line[:60])
        new = _piece(line, number) if line else None
        if line and open_ and new and new.kind == "paragraph":
            last = pieces.pop()
            new = Piece(last.kind, f"{last.text} {line}", last.line)
        if new:
            pieces.append(new)
        open_ = bool(new) and pieces[-1].kind in ("paragraph", "item", "message")
    return tuple(pieces)


def _piece(line: str, number: int) -> Piece:
    if heading := _HEADING.fullmatch(line):
        return Piece("heading", heading[2], number, heading[3] or "", len(heading[1]))
    if condition := _CONDITION.fullmatch(line):
        return Piece("condition", condition[2] or "if", number, (condition[1] or "").strip())
    if directive := _DIRECTIVE.fullmatch(line):
        return Piece("directive", directive[1], number, (directive[2] or "").strip())
    for start, kind in (("- ", "item"), ("> ", "message")):
        if line.startswith(start):
            return Piece(kind, line.removeprefix(start).strip(), number)
    return Piece("paragraph", line, number)


def _check(template: Template, directives: dict[str, set[str]], required: list[str]) -> None:
    """A title, the needed sections, directives and slots that exist, no placeholder."""
    if not any(p.level == 1 for p in template.pieces):
        raise EvidenceError("A template begins with its title.", where=f"{template.file}:1", next="# Title")
    keys = {p.key for p in template.pieces if p.kind == "heading"}
    lacking = [key for key in required if key not in keys]
    if lacking:
        raise EvidenceError(
            "A template lacks a section.",
            where=f"{template.file}:1",
            got=f"no {{#{lacking[0]}}}",
            allowed=", ".join(f"{{#{key}}}" for key in required),
        )
    for piece in template.pieces:
        if piece.kind == "directive":
            _check_directive(template, piece, directives)
        elif piece.kind != "condition" and (found := PLACEHOLDER.search(piece.text)):
            what, next_ = "A placeholder is not filled in.", "write the real text there"
            raise PublicationRefused(what, where=template.where(piece), got=found[0], next=next_)


def _check_directive(template: Template, piece: Piece, directives: dict[str, set[str]]) -> None:
    word, allowed = piece.text, set(directives)
    if piece.text == "say" and directives["say"]:
        word, allowed = piece.key, directives["say"]
    if word not in allowed:
        got = f"{{{piece.text}: {piece.key}}}" if piece.text == "say" else f"{{{piece.text}}}"
        what, where = "Unknown token.", template.where(piece)
        hint = suggest(word, allowed)
        raise EvidenceError(what, where=where, got=got, allowed=", ".join(sorted(allowed)), next=hint)
