"""Where the indicator files of a desk review lie below the data folder, and which known ones are absent."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from digicit_lib.errors import LandscapeError
from digicit_lib.landscape.countries import load_codebook
from digicit_lib.landscape.series_files import TERMS
from digicit_lib.safe import inside

DataFile = tuple[Path, str, dict[str, object]]


def series_files(spec: Any, data: Path | None) -> tuple[list[DataFile], list[dict[str, str]]]:
    """Files of a desk review below the data folder, and the known ones that are not there.

    Parameters
    ----------
    spec : params.data.landscape
    data : Path or None
        The folder that ``$DIGICIT_DATA`` names.

    Returns
    -------
    found : list of (Path, format, terms)
        A run's input hash covers these.
    missing : list of dict
        indicator, file, where to get it, why it does not ship.

    Raises
    ------
    LandscapeError
        A file that the params name is not there: the report would lose it silently.

    Examples
    --------
    >>> [entry["indicator"] for entry in series_files(None, None)[1]]
    ['UNICEF.SCHOOL.CONNECTIVITY']
    """
    found, missing = [], []
    for entry in getattr(spec, "series", ()):
        path = _find(data, entry.file)
        if path is None:
            what = "An indicator file named in the params is not there."
            hint = "put it under $DIGICIT_DATA, or take it out of the params"
            raise LandscapeError(what, where="data.landscape.series", got=entry.file, next=hint)
        found.append((path, entry.format, {term: getattr(entry, term, "") for term in TERMS}))
    named = {path.name for path, _, _ in found}
    for code in load_codebook("series")["optional"]:
        place = _find(data, code["file"])
        if place is None:
            missing.append({key: code[key] for key in ("indicator", "file", "where", "why")})
        elif place.name not in named:
            found.append((place, code["format"], {}))
    return found, missing


def _find(data: Path | None, name: str) -> Path | None:
    """A file below the data folder: at its place, or in a folder just below."""
    if data is None or not data.is_dir():
        return None
    places: Iterable[Path] = (inside(data, name), *sorted(data.glob(f"*/{Path(name).name}")))
    return next((path for path in places if path.is_file()), None)
