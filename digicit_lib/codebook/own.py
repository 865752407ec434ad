"""A project's own indicators: `params/indicators/*.yaml`, in the catalogue's form, under ids of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from digicit_lib.codebook import UNITS, Catalogue, Instrument, catalogue, instrument
from digicit_lib.codebook.definitions import Indicator
from digicit_lib.codebook.links import check_links
from digicit_lib.codebook.problems import placeholders, problems
from digicit_lib.errors import CodebookError, DigicitError, InstrumentError
from digicit_lib.safe import inside, load_yaml

OWN_ID = re.compile(r"[A-Z]{2,8}-[A-Z0-9]{1,4}")
OTHER = "other"
OWN_FILES = Path("params") / "indicators"
# What an own indicator need not say. Nobody has judged how sensitive it is, so it counts as sensitive.
DEFAULTS: dict[str, Any] = {
    "section": OTHER, "competence": "cross", "tier": "A", "base": "ALL", "period": "as asked", "scale": "",
    "polarity": "neither", "sensitivity": 2, "crc": [], "gc25": [], "source": "own question",
    "certainty": "P",
}  # fmt: skip


def is_own(name: str) -> bool:
    """Whether an id is of the form of own ids and its letters are none of the catalogue's.

    Examples
    --------
    >>> is_own("KEN-01"), is_own("ACC-77"), is_own("gender")
    (True, False, False)
    """
    letters = {known.partition("-")[0] for known in catalogue()}
    return bool(OWN_ID.fullmatch(name)) and name.partition("-")[0] not in letters


def study_instrument(name: str, root: Path) -> Instrument:
    """The instrument that a study names, with the project's own indicators.

    Parameters
    ----------
    name : str
        Of a shipped instrument, or the path of an own one below the root.
    root : Path
        The project folder; own indicators stand in its `params/indicators/`.

    Raises
    ------
    CodebookError
        The instrument is unknown or wrong, or an own indicator is.
    """
    own = own_indicators((root / OWN_FILES).glob("*.yaml"))
    return instrument(str(inside(root, name)) if name.endswith(".yaml") else name, own)


def own_indicators(files: Iterable[Path]) -> Catalogue:
    """The indicators of a project's own files, checked with the catalogue's rules.

    Raises
    ------
    InstrumentError
        All problems of a file at once, each with its line.
    CodebookError
        An id of the catalogue, or one that stands in two files.
    """
    found: dict[str, Indicator] = {}
    for path in sorted(files):
        for name, indicator in _read(path).items():
            if name in found:
                raise CodebookError(
                    "Duplicate indicator.", where=path.name, got=name, next="give it another id"
                )
            found[name] = indicator
    check_links({**catalogue(), **found}, found)
    return Catalogue(found)


def _read(path: Path) -> dict[str, Indicator]:
    data, lines = load_yaml(path)
    found: dict[str, Indicator] = {}
    wrong: list[DigicitError] = placeholders(data, lines, path.name)
    for name, fields in (data or {}).items():
        where = f"{path.name}:{lines[name,]}"
        if not is_own(str(name)):
            wrong.append(CodebookError(
                "Not an own id.", where=where, got=str(name), allowed="own letters and a number, as KEN-01",
                next="letters of the catalogue (ACC, RSK, …) are taken",
            ))  # fmt: skip
        elif isinstance(fields, Mapping):
            told = {**DEFAULTS, "unit": UNITS.get(str(fields.get("type", "share")), ""), **fields, "id": name}
            try:
                found[name] = Indicator(**told)
            except ValidationError as error:
                below = {key[1:]: line for key, line in lines.items() if key[:1] == (name,)}
                wrong += problems(error, told, below, f"{path.name}", Indicator)
        else:
            wrong.append(CodebookError("An indicator is a mapping.", where=where, got=str(name)))
    if wrong:
        raise InstrumentError(wrong, file=path.name)
    return found
