"""A project's own indicators: `params/indicators/*.yaml`, in the catalogue's form, under ids of their own."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError

from digicit_lib.codebook.definitions import OWN_DEFAULTS, Indicator
from digicit_lib.codebook.indicators import UNITS, Catalogue, catalogue, check_links, is_own, split_id
from digicit_lib.codebook.instrument_files import Instrument, instrument
from digicit_lib.codebook.problems import model_problems, placeholders, unseen_characters
from digicit_lib.errors import CodebookError, DigicitError, InstrumentError
from digicit_lib.safe import inside, load_yaml

OWN_FILES, OWN_INSTRUMENTS = Path("params") / "indicators", Path("params") / "instruments"


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
    indicators = own_indicators((root / OWN_FILES).glob("*.yaml"))
    return instrument(str(inside(root, name)) if name.endswith(".yaml") else name, indicators)


def project_instruments(root: Path) -> list[Instrument]:
    """The instruments of a project, `params/instruments/*.yaml`, by name."""
    names = sorted((root / OWN_INSTRUMENTS).glob("*.yaml"))
    return [study_instrument(str(path.relative_to(root)), root) for path in names]


def project_indicators(root: Path) -> Catalogue:
    """All own indicators of a project: of its files of indicators, then those that its instruments define.

    Raises
    ------
    CodebookError
        A file of either kind is wrong.
    """
    indicators = own_indicators((root / OWN_FILES).glob("*.yaml"))
    for tool in project_instruments(root):
        indicators.update({name: one for name, one in own_of(tool).items() if name not in indicators})
    return indicators


def own_of(tool: Instrument) -> dict[str, Indicator]:
    """The own indicators that an instrument maps, by id without variant."""
    names = {key: split_id(key)[0] for key in tool.indicators}
    return {plain: tool.definition(key) for key, plain in names.items() if is_own(plain)}


def own_indicators(files: Iterable[Path]) -> Catalogue:
    """The indicators of a project's own files, checked with the catalogue's rules.

    Raises
    ------
    InstrumentError
        All problems of a file at once, each with its line.
    CodebookError
        An id of the catalogue, or one that stands in two files.
    """
    indicators: dict[str, Indicator] = {}
    for path in sorted(files):
        for name, indicator in _read(path).items():
            if name in indicators:
                raise CodebookError(
                    "Duplicate indicator.", where=path.name, got=name, next="give it another id"
                )
            indicators[name] = indicator
    check_links({**catalogue(), **indicators}, indicators)
    return Catalogue(indicators)


def _read(path: Path) -> dict[str, Indicator]:
    data, lines = load_yaml(path)
    indicators: dict[str, Indicator] = {}
    wrong: list[DigicitError] = placeholders(data, lines, path.name)
    wrong += unseen_characters(data, lines, path.name)
    for name, fields in (data or {}).items():
        where = f"{path.name}:{lines[name,]}"
        if not is_own(str(name)):
            wrong.append(
                CodebookError(
                    "Not an own id.",
                    where=where,
                    got=str(name),
                    allowed="own letters and a number, as KEN-01",
                    next="letters of the catalogue (ACC, RSK, …) are taken",
                )
            )
        elif isinstance(fields, Mapping):
            unit = UNITS.get(str(fields.get("type", "share")), "")
            whole = {**OWN_DEFAULTS, "unit": unit, **fields, "id": name}
            try:
                indicators[name] = Indicator(**whole)
            except ValidationError as error:
                below = {key[1:]: line for key, line in lines.items() if key[:1] == (name,)}
                wrong += model_problems(error, whole, below, f"{path.name}", Indicator)
        else:
            wrong.append(CodebookError("An indicator is a mapping.", where=where, got=str(name)))
    if wrong:
        raise InstrumentError(wrong, file=path.name)
    return indicators
