"""What `digicit init` puts into a folder, and which of its copies are older than what ships."""

import tomllib
from importlib.metadata import version
from pathlib import Path

from digicit_lib.errors import DigicitError
from digicit_lib.project import MARKER, SHIPPED
from digicit_lib.safe import file_sha256, write_atomic

FILES = {"demo.yaml": "params/demo.yaml", "data_readme.md": "data/README.md", "gitignore": ".gitignore"}


def starting_text(name: str, **facts: object) -> str:
    """A file of this room with the facts of a study or project in its places."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8").format(**facts)


def begin(folder: Path, *, bare: bool = False) -> list[str]:
    """Make a project, or bring the copies of an existing one up to date; no edited file is touched.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    bare : bool
        Copy no workbooks: runs then take those that ship.

    Returns
    -------
    list of str
        Files that were written, below the folder.

    Raises
    ------
    DigicitError
        The folder is a file, or its `digicit.toml` cannot be read.
    """
    if folder.exists() and not folder.is_dir():
        raise DigicitError("This is a file, not a folder.", where=folder.name)
    paths, copies = [], copies_of(folder)
    for source, target in FILES.items():
        if not (folder / target).exists():
            write_atomic(folder / target, Path(__file__).with_name(source).read_bytes())
            paths.append(target)
    for path in () if bare else sorted((SHIPPED / "workbooks").glob("*.ipynb")):
        name = f"workbooks/{path.name}"
        copy, shipped = folder / name, file_sha256(path)
        digest = file_sha256(copy) if copy.exists() else None
        if digest not in (None, copies.get(name)):
            continue  # somebody's own by now
        if digest != shipped:
            write_atomic(copy, path.read_bytes())
            paths.append(name)
        copies[name] = shipped
    lines = (f'"{name}" = "{sha}"\n' for name, sha in sorted(copies.items()))
    write_atomic(folder / MARKER, starting_text("marker.txt", version=version("digicit")) + "".join(lines))
    return [*paths, MARKER]


def copies_of(folder: Path) -> dict[str, str]:
    """Path below the folder to the hash that its workbook had when it was copied.

    Raises
    ------
    DigicitError
        A `digicit.toml` that cannot be read.
    """
    marker = folder / MARKER
    if not marker.is_file():
        return {}
    try:
        stated = tomllib.loads(marker.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DigicitError("The project's marker cannot be read.", where=MARKER, got=str(error)) from None
    copies = stated.get("copies", {})
    return {str(name): str(sha) for name, sha in copies.items()} if isinstance(copies, dict) else {}


def older_copies(folder: Path) -> list[str]:
    """Workbooks of a project that were copied from another version than the one that ships now."""
    shipped = {f"workbooks/{path.name}": path for path in (SHIPPED / "workbooks").glob("*.ipynb")}
    copies = copies_of(folder).items()
    return [name for name, sha in copies if name in shipped and file_sha256(shipped[name]) != sha]
