"""The one lookup: the study's own file, then the project's, then the one that ships with the package.

Imports neither pydantic nor pandas: `digicit list` passes here.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from digicit_lib.errors import DataError, DigicitError, nearest, suggest
from digicit_lib.safe import inside, refuse_special

LIBRARY = Path(__file__).parent
MARKER = "digicit.toml"
SLUG = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d)$)[a-z][a-z0-9_]{0,60}")  # no name of a device
_PACKAGED = LIBRARY / "shipped"
SHIPPED = _PACKAGED if _PACKAGED.is_dir() else LIBRARY.parent
"""Workbooks and defaults: in the wheel below the package, in a checkout at its top."""


def is_project(folder: Path) -> bool:
    """Whether a folder is a project: it holds `digicit.toml`, or `params/` beside a `pyproject.toml`."""
    has_params = (folder / "pyproject.toml").is_file() and (folder / "params").is_dir()
    return (folder / MARKER).is_file() or has_params


def find_root(start: Path | None = None) -> Path:
    """The first project folder upwards.

    Raises
    ------
    DigicitError
        Outside a project.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if is_project(folder):
            return folder
    allowed, hint = f"a folder with {MARKER} in it or above it", "digicit init FOLDER makes one"
    raise DigicitError("No digicit project here.", where=str(here), allowed=allowed, next=hint)


@dataclass(frozen=True)
class ProjectFolder:
    """A project folder and where its parts are found.

    Parameters
    ----------
    root : Path
        As `find_root` gives it.

    Examples
    --------
    >>> ProjectFolder(Path("nowhere")).defaults.name
    'defaults.yaml'
    """

    root: Path

    def studies(self) -> list[str]:
        """Slugs of all studies in `params/`: not the defaults, not review files, not the examples."""
        names = (path.stem for path in sorted((self.root / "params").glob("*.yaml")))
        return [name for name in names if name != "defaults" and not name.endswith(".review")]

    def params(self, study: str | Path) -> Path:
        """The file of a study given by slug or by file name.

        Raises
        ------
        DigicitError
            With the likeliest meant study.
        """
        text, slugs = str(study), self.studies()
        if text.endswith((".yaml", ".yml")):
            for path in (Path(text), self.root / text):
                if path.is_file():
                    return path.resolve()
            raise DigicitError("The params file is not there.", got=text, next="ls params/examples")
        if text in slugs:
            return self.root / "params" / f"{text}.yaml"
        close = suggest(text.lower()[:80], slugs)
        hint = f"did you mean {close}? digicit run {close}" if close else "digicit list"
        raise DigicitError(
            "Unknown study.", got=text, allowed=", ".join(nearest(text[:80], slugs)), next=hint
        )

    @property
    def defaults(self) -> Path:
        """What every study starts from: the project's file, else the shipped one."""
        beside = self.root / "params" / "defaults.yaml"
        return beside if beside.is_file() else SHIPPED / "params" / "defaults.yaml"

    def workbook(self, study: str, phase: str) -> str:
        """The workbook of a phase: a path below the root, or the absolute path of the shipped one.

        Raises
        ------
        DigicitError
            No such workbook anywhere.
        """
        for path in (Path("workbooks", study, f"{phase}.ipynb"), Path("workbooks", f"{phase}.ipynb")):
            if (self.root / path).is_file():
                return path.as_posix()
        shipped = SHIPPED / "workbooks" / f"{phase}.ipynb"
        if not shipped.is_file():
            where = f"workbooks/{phase}.ipynb"
            raise DigicitError("The workbook is not there.", got=where, next="digicit check")
        return shipped.as_posix()

    def annex(self, study: str, phase: str) -> str | None:
        """The further cells of a study, which belong to it alone."""
        path = Path("workbooks", study, f"{phase}_annex.ipynb")
        return path.as_posix() if (self.root / path).is_file() else None

    def texts(self, study: str = "") -> Iterator[Path]:
        """Folders with texts of products, the study's own first."""
        beside = self.root / "params" / "products"
        yield from (beside / study,) if study else ()
        yield from (beside, LIBRARY / "products" / "texts")

    @cached_property
    def data(self) -> list[Path]:
        """Folders that hold data: those that `$DIGICIT_DATA` names, then the project's `data/`."""
        folders = [Path(part) for part in os.environ.get("DIGICIT_DATA", "").split(os.pathsep) if part]
        return [folder for folder in (*folders, self.root / "data") if folder.is_dir()]

    def __getstate__(self) -> dict[str, Any]:
        """Folders of data are looked up anew on another machine."""
        return {"root": self.root}


def workbook_label(workbook: str) -> str:
    """A workbook as messages and records name it: no path of the machine.

    Examples
    --------
    >>> workbook_label("workbooks/turkey/quantitative.ipynb")
    'workbooks/turkey/quantitative.ipynb'
    >>> workbook_label("/opt/lib/workbooks/quantitative.ipynb")
    'shipped/quantitative.ipynb'
    """
    return f"shipped/{Path(workbook).name}" if Path(workbook).is_absolute() else workbook


# --- working sheets and files of interviews: every run plans with them, so nothing here loads a table ---

SHEET_NAMES = (
    *("participants", "sessions", "reviews", "quotations", "flags", "routing", "memos", "summaries"),
    "disagreements",
)
ROSTER = "roster"


def sheet_folder(slug: str, root: Path) -> Path | None:
    """Where the sheets of a study lie, if they do."""
    folders = (folder / f"{slug}_sheets" for folder in ProjectFolder(root).data)
    return next(filter(Path.is_dir, folders), None)


def sheet_path(slug: str, name: str, root: Path, place: str = "") -> Path | None:
    """The file of a sheet: the one that params name, else the later of the CSV and the XLSX in the folder.

    Raises
    ------
    DataError
        The params name a file that is not there.
    """
    if place:
        return located(place, root)
    folder = sheet_folder(slug, root)
    files = [folder / f"{name}{end}" for end in (".xlsx", ".csv")] if folder else []
    return max((f for f in files if f.is_file()), key=lambda f: f.stat().st_mtime_ns, default=None)


def located(name: str, root: Path) -> Path:
    """A file of a study's interviews, under the folders of data.

    Raises
    ------
    DataError
    """
    for folder in ProjectFolder(root).data:
        if inside(folder, name).exists():
            return inside(folder, name)
    raise DataError(
        "Interview data not found.", got=name, next="set DIGICIT_DATA to the folder that holds them"
    )


def sheet_paths(params: Any, root: Path) -> dict[str, Path]:
    """The sheets that a study has, by name."""
    spec = params.data.interviews
    paths = {name: sheet_path(params.slug, name, root, getattr(spec, name)) for name in SHEET_NAMES}
    return {name: path for name, path in paths.items() if path}


def roster_path(place: str, slug: str, root: Path) -> Path | None:
    """The file of names and pseudonyms: of the params, the environment, or the folder of sheets."""
    name = place or os.environ.get("DIGICIT_ROSTER", "")
    return root / Path(name).expanduser() if name else sheet_path(slug, ROSTER, root)


def text_written_in(path: Path, label: str) -> str:
    """The text of a file that somebody has written, without the mark that some editors put before it.

    Raises
    ------
    DigicitError
        It is not UTF-8, or no ordinary file.
    """
    try:
        return refuse_special(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DigicitError("A text is not UTF-8.", where=label, next="save it as UTF-8") from error


def theme_files(slug: str, root: Path) -> list[Path]:
    """The files of a study's paragraphs, in order."""
    return sorted((root / "params" / slug / "themes").glob("*.md"))
