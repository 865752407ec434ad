"""Opens a survey, real or synthetic, and maps its answers to the catalogue's indicators.

The rules that belong to every indicator are kept here: missing answers, bounds of sensitive items, skip
logic, age floors, any-of decided by one yes, scores with two thirds answered. A message names columns,
rules and counts, never an answer.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from digicit_lib import synthetic
from digicit_lib.codebook import Instrument, instrument
from digicit_lib.codebook.own import study_instrument
from digicit_lib.data import files
from digicit_lib.data.layout import Layout
from digicit_lib.data.opening import respondents_of, strange_codes
from digicit_lib.data.raw import Raw
from digicit_lib.data.respondents import Respondents, Sample
from digicit_lib.data.selection import lacking_columns, named_columns
from digicit_lib.errors import DataError, refuse_all
from digicit_lib.safe import fingerprint


def open_survey(params: Any, root: Path) -> Respondents:
    """Open the survey that a study's params name.

    Parameters
    ----------
    params : Params
        `data.survey` says what; `design`, `population`, `analysis.breakdowns` and `ethics` are heeded.
    root : Path
        The project folder; files are searched under `$DIGICIT_DATA`, then under `root/data`.

    Returns
    -------
    Respondents

    Raises
    ------
    DataError
        The file is missing, empty, unreadable, changed, or its columns, codes, ages, ids or weights are
        refused.
    CodebookError
        The instrument is unknown or wrong.

    Examples
    --------
    >>> from types import SimpleNamespace as S
    >>> study = S(file="x", data=S(survey=S(kind="synthetic", seed=1, n=300)),
    ...     population=S(ages=(9, 17), legal_minimum=None), design={}, outcomes={},
    ...     analysis=S(breakdowns=("gender",), age_bands=()), modules=(),
    ...     ethics=S(clearance=None, board=None, date=None), publication=S(cell=lambda sensitive: 5))
    >>> survey = open_survey(study, Path())
    >>> survey.kind, len(survey.frame), survey.breakdowns["gender"], survey.status.loc["RSK-18", "reason"]
    ('synthetic', 300, ('girl', 'boy'), 'needs a recorded ethics clearance')
    """
    source = params.data.survey
    if source is None:
        hint = "add data.survey to the params file"
        raise DataError("The study has no survey.", where=params.file, next=hint)
    if source.kind == "synthetic":
        return _synthetic(params, source)
    tool = study_instrument(source.instrument, root)
    path, facts, warnings = files.find(source.files, root, strict=source.strict_hash)
    raw = _read(path, layout_of(source, facts), tool, params, root)
    warnings += raw.notes
    facts |= {"reading": raw.layout.unusual()} if raw.layout.unusual() else {}
    if facts["rows"] not in (None, len(raw.frame)):
        warnings.append(f"{path.name} has {len(raw.frame)} rows; the params file says {facts['rows']}.")
    return respondents_of(params, tool, raw, {**facts, "rows": len(raw.frame)}, warnings)


def layout_of(source: Any, facts: Mapping[str, Any]) -> Layout:
    """How the params say that the file which was found is to be read."""
    return Layout.of(next((file for file in source.files if file.name == facts["name"]), None))


def check_columns(params: Any, root: Path, path: Path, facts: Mapping[str, Any]) -> None:
    """Look at a file's header alone; only where a column is lacking are its codes looked at, too.

    Raises
    ------
    DataError
        All that does not fit between the file and the instrument, where a column is lacking.
    """
    source = params.data.survey
    tool, layout = study_instrument(source.instrument, root), layout_of(source, facts)
    if _columns(path, layout, tool, params, root)[2]:
        _read(path, layout, tool, params, root)


def _columns(
    path: Path, layout: Layout, tool: Instrument, params: Any, root: Path
) -> tuple[dict[str, str], list[str], list[DataError]]:
    """Columns in other capitals to what they are called, the names to read, and those that are not there."""
    there = list(map(str, files.header(path, layout).frame.columns))
    meant = files.aliases(named_columns(tool, params, there), there)
    there = [meant.get(name, name) for name in there]
    names = [name for name in named_columns(tool, params, there) if name in set(there)]
    return meant, names, lacking_columns(tool, params, there, root / params.file)


def _read(path: Path, layout: Layout, tool: Instrument, params: Any, root: Path) -> Raw:
    """The columns that the study needs, under the names that its instrument gives them."""
    meant, columns, lacking = _columns(path, layout, tool, params, root)
    back = {name: column for column, name in meant.items()}
    raw = files.read_columns(path, [back.get(name, name) for name in columns], layout)
    raw = replace(
        raw,
        frame=raw.frame.rename(columns=meant),
        labels={meant.get(c, c): text for c, text in raw.labels.items()},
        values={meant.get(c, c): answers for c, answers in raw.values.items()},
        user_missing={meant.get(c, c): spans for c, spans in raw.user_missing.items()},
    )
    if lacking:
        refuse_all([*lacking, *strange_codes(params, tool, raw)], path.name)
    return raw


def _synthetic(params: Any, source: Any) -> Respondents:
    cleared = bool(params.ethics.clearance and params.ethics.board and params.ethics.date)
    law = params.population.legal_minimum
    age = law.age if law and law.in_force(params.study.date) else 0
    frame = synthetic.survey(
        seed=source.seed, n=source.n, clearance=cleared, modules=params.modules, legal_age=age
    )
    name = f"SYNTHETIC survey, seed {source.seed}"
    file = {"name": name, "sha256": fingerprint([name, frame.shape]), "rows": len(frame)}
    return respondents_of(params, instrument("digicit"), Raw(frame), file, [])
