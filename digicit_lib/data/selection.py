"""Which columns and which rows of a file a study reads, and what a filter cuts from its sample."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.codebook import Instrument, Rule, answer_key, canonical, column_name
from digicit_lib.codebook.problems import first_lines
from digicit_lib.data.raw import Raw
from digicit_lib.errors import DataError, did_you_mean
from digicit_lib.safe import load_yaml

ROLES = ("weight", "strata", "psu", "fpc", "ssu", "ssu_fpc")
CUT = (
    "The filter {filter} leaves out {rows} of {of_rows} rows; {psus} of {of_psus} PSUs and {strata} of "
    "{of_strata} strata have no row left. Standard errors take what is left for the whole sample."
)


def lacking_columns(
    tool: Instrument, params: Any, there: Sequence[str], stated: Path | None = None
) -> list[DataError]:
    """Columns that design, filter, groups or indicators name and that are not there, each with its line.

    Our own questionnaire may leave questions out: they are then not measured. `stated` is the params file.
    """
    names = [*_firm(tool, params, there), *([] if tool.generated else _loose(tool))]
    lacking = [name for name in dict.fromkeys(names) if name not in set(there)]
    in_params: dict[str, str] = {}
    if lacking and stated and stated.is_file():
        in_params = first_lines(*load_yaml(stated), params.file)
    what = "The file lacks a column that the instrument or the design names."
    design = set(design_columns(design_of(tool, params), there))
    mend = "correct the mapping, or set this indicator to null"
    name_it = "name the file's own column under `design:` in the params; of a sample without weights write "
    mend_design = name_it + "`design: {unweighted: true}`"
    return [
        DataError(
            what,
            where=tool.place(name, in_params.get(name, "")),
            got=name,
            next=did_you_mean(name, there) or (mend_design if name in design else mend),
        )
        for name in lacking
    ]


def named_columns(tool: Instrument, params: Any, there: Sequence[str]) -> list[str]:
    """Every column that the instrument or the design names, once, whether the file has it or not."""
    names = [*_firm(tool, params, there), *_loose(tool), tool.minutes, tool.country]
    return [name for name in dict.fromkeys(names) if name]


def _firm(tool: Instrument, params: Any, there: Sequence[str]) -> list[str]:
    design = design_columns(design_of(tool, params), there)
    return [*_filter(tool, params), *tool.id, *rule_columns(tool.age), *design]


def _loose(tool: Instrument) -> list[str]:
    rules = [rule for mapped in tool.indicators.values() for rule in (mapped, mapped.base)]
    loose = [column for rule in (*rules, *tool.bases.values()) for column in rule_columns(rule)]
    return loose + [column for group in tool.breakdowns.values() for column in group.columns]


def rule_columns(rule: Rule | None) -> Iterator[str]:
    """Columns of the file that a rule reads."""
    yield from (column for leaf in (rule.leaves() if rule else ()) for column in leaf.columns)


def _filter(tool: Instrument, params: Any) -> dict[str, set[str]]:
    """The answers that each filtered column keeps, in the form in which answers are compared."""
    both = {**tool.filter, **getattr(params.data.survey, "filter", {})}
    lists = {c: value if isinstance(value, list | tuple) else (value,) for c, value in both.items()}
    return {column_name(c): {answer_key(canonical(v)) for v in values} for c, values in lists.items()}


def design_of(tool: Instrument, params: Any) -> dict[str, Any]:
    """The instrument's design under the params'; replicate weights and strata replace each other."""
    choice = params.design
    choice = choice if isinstance(choice, Mapping) else choice.model_dump(exclude_unset=True)
    choice = {key: value for key, value in choice.items() if value is not None}
    file_design = {} if choice.get("unweighted") else dict(tool.design)
    if {"strata", "psu", "replicates"} & set(choice):
        file_design = {key: file_design[key] for key in ("weight",) if key in file_design}
    design = file_design | choice
    return design if design.get("weight") else {**design, "unweighted": True}


def design_columns(design: Mapping[str, Any], there: Sequence[str]) -> list[str]:
    """Columns of the file that a design names, replicate weights spelt out.

    Examples
    --------
    >>> design_columns({"weight": "w", "replicates": {"weights": "R{1..3}"}}, [])
    ['w', 'R1', 'R2', 'R3']
    """
    names = [design[role] for role in ROLES if design.get(role)]
    pattern = (design.get("replicates") or {}).get("weights") or ""
    span = re.fullmatch(r"(.*)\{(\d{1,4})\.\.(\d{1,4})\}(.*)", pattern)
    if span:
        return names + [f"{span[1]}{i}{span[4]}" for i in range(int(span[2]), int(span[3]) + 1)]
    starred = re.escape(pattern.removesuffix("*")) + r"\d+"
    replicates = [name for name in there if pattern.endswith("*") and re.fullmatch(starred, name)]
    return names + (replicates or ([pattern] if pattern else []))


def filtered(raw: Raw, params: Any, tool: Instrument) -> tuple[Raw, dict[str, Any]]:
    """The rows that the filters keep, and what they cut from the sample.

    Each country is a sample of its own: choosing one cuts nothing. Any other filter takes rows, and perhaps
    whole PSUs, out of the design, whose standard errors then no longer know them.
    """
    filters = sorted(_filter(tool, params).items(), key=lambda pair: pair[0] != tool.country)
    frame = whole = raw.frame
    for column, values in filters:
        keys = {value: answer_key(canonical(value)) for value in frame[column].dropna().unique()}
        frame = frame[frame[column].astype(object).map(keys).isin(values)]
        whole = frame if column == tool.country else whole
    if frame.empty:
        raise DataError("The filter leaves no rows.", where="data.survey.filter")
    conditions = ", ".join(
        f"{column} = {' or '.join(sorted(values))}" for column, values in filters if column != tool.country
    )
    cut = _cut(whole, frame, design_of(tool, params), conditions) if len(frame) < len(whole) else {}
    several = frame[tool.country].nunique() if tool.country and tool.country in frame else 1
    if several > 1:
        hint = f"add data.survey.filter: {{{tool.country}: …}}"
        raise DataError(f"The file holds {several} countries.", where=f"column {tool.country}", next=hint)
    return replace(raw, frame=frame.reset_index(drop=True)), cut


def _cut(whole: pd.DataFrame, rest: pd.DataFrame, design: Mapping[str, Any], rule: str) -> dict[str, Any]:
    """How many rows, PSUs and strata of the sample a filter leaves without a row."""
    facts: dict[str, Any] = {"filter": rule, "rows": len(whole) - len(rest), "of_rows": len(whole)}
    for name, roles in (("strata", ("strata",)), ("psus", ("strata", "psu"))):
        columns = [design[role] for role in roles if design.get(role)]
        columns = columns if design.get(roles[-1]) and {*columns} <= {*whole} else []
        counts = [len(part[columns].drop_duplicates()) if columns else 0 for part in (whole, rest)]
        facts |= {name: counts[0] - counts[1], f"of_{name}": counts[0]}
    return facts


def check_outcomes(params: Any, rows: int) -> None:
    """Those who answered by the outcomes are those of the file, if it is not cut.

    Raises
    ------
    DataError
        Their numbers differ.
    """
    stage = "child" if "child" in params.outcomes else "person"
    counts = params.outcomes.get(stage)
    if counts is None or getattr(params.data.survey, "filter", None):
        return
    whole, some = counts.complete, counts.complete + counts.partial
    if not whole <= rows <= some:
        what = "The outcomes and the file count different numbers of respondents."
        got = f"complete {whole}, partial {counts.partial}; rows in the file: {rows}"
        allowed = f"{rows} complete, or up to {rows} complete and the others partial"
        raise DataError(what, where=f"{params.file} outcomes.{stage}", got=got, allowed=allowed)
