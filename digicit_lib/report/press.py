"""Typst with our fonts and programs: a document is set in a folder of its own, which is gone thereafter."""

import importlib.util
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from digicit_lib.errors import RunError
from digicit_lib.exhibits.colours import FONT_FILES
from digicit_lib.exhibits.drawing import PNG_DPI

PROGRAM = Path(__file__).parent / "typst" / "report.typ"
PICTURES = PROGRAM.with_name("pictures.typ")


@contextmanager
def compiler_of(data: str, program: Path = PROGRAM) -> Iterator[Any]:
    """A compiler of a program, whose data lie in the file `data` while it is used.

    What `sys.inputs` holds would make typst forget from one order of a report's parts to the next all that
    it has set.
    """
    with TemporaryDirectory(prefix="digicit-page-") as folder:
        for path in program.parent.iterdir():
            shutil.copyfile(path, Path(folder, path.name))
        Path(folder, "data").write_text(data, encoding="utf-8")
        yield typst.Compiler(input=Path(folder, program.name), root=folder, font_paths=_fonts())


def drawn(compiler: Any, dots: float) -> list[bytes]:
    """The pages as PNG pictures of so many dots an inch."""
    pages = compiler.compile(format="png", ppi=dots)
    return list(pages) if isinstance(pages, list) else [pages]


def pngs(drawings: Sequence[str]) -> list[bytes]:
    """Drawings as PNG pictures on white, for those whose programs take no SVG.

    Parameters
    ----------
    drawings : sequence of str
        Whole ones, as `figures.svg_bytes` gives them: all at once, since typst looks through all that it
        remembers each time that it is asked.

    Returns
    -------
    list of bytes
        Of the resolution of `figures.png_bytes`; the same for the same drawing.

    Raises
    ------
    RunError
        When one is no drawing that typst can read.

    Examples
    --------
    >>> line = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'
    >>> [picture[1:4] for picture in pngs([line, line])], pngs([])
    ([b'PNG', b'PNG'], [])
    """
    if not drawings:
        return []
    try:
        with compiler_of(json.dumps(drawings), PICTURES) as compiler:
            return drawn(compiler, PNG_DPI)
    except typst.TypstError as error:
        raise RunError("A picture could not be made.", got=error.message) from None


@lru_cache
def _fonts() -> Any:
    """Our font, and behind it DejaVu Sans of matplotlib, which is asked for without importing matplotlib."""
    spec = importlib.util.find_spec("matplotlib")
    places = (spec.submodule_search_locations if spec else None) or []
    paths = [str(FONT_FILES), *(str(Path(place) / "mpl-data" / "fonts" / "ttf") for place in places)]
    return typst.Fonts(include_system_fonts=False, font_paths=paths)
