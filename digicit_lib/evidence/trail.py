"""Published evidence read back: what changed between two runs, and the trail of one number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from digicit_lib.errors import EvidenceError
from digicit_lib.evidence.store import Estimate, Evidence, row_dicts

if TYPE_CHECKING:
    import pandas as pd


def load(folder: Path) -> pd.DataFrame:
    """The evidence of a published run.

    Raises
    ------
    EvidenceError
        When the folder has none, or one that is damaged.
    """
    import pandas as pd

    path = folder / "evidence.parquet"
    if not path.is_file():
        study_phase = "/".join(folder.parts[-2:])
        command = f"digicit run {study_phase.replace('/', ' ')}"
        raise EvidenceError("This run has no evidence.", where=study_phase, next=command)
    try:
        frame = pd.read_parquet(path)
        lacking = {f.name for f in fields(Estimate) if f.default is MISSING} - set(frame)
        if lacking or frame["estimate"].dtype != float:
            raise ValueError
    except (ValueError, OSError) as error:
        raise _damaged(path) from error
    return frame


def _damaged(path: Path) -> EvidenceError:
    where, folder = "/".join(path.parts[-3:]), path.parts
    return EvidenceError(
        "A published file is damaged.", where=where, next=f"digicit run {folder[-3]} {folder[-2]} --force"
    )


def _read(path: Path) -> dict[str, Any]:
    """A published JSON object.

    Raises
    ------
    EvidenceError
        The file is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise _damaged(path) from error
    if not isinstance(content, dict):
        raise _damaged(path)
    return content


def checked_records(
    path: Path, by_kind: Mapping[str, Mapping[str, type]] = MappingProxyType({}), **types: type
) -> list[dict[str, Any]]:
    """A published list of records, each with these keys and values of these types.

    Parameters
    ----------
    path : Path
    by_kind : mapping
        Further keys and types of records of one `kind`: another version of this library may have lacked them.
    types
        Keys and types of all.

    Raises
    ------
    EvidenceError
        The file is damaged.
    """
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        needs = ((row, {**types, **by_kind.get(row.get("kind", ""), {})}) for row in rows)
        if not all(isinstance(row[key], kind) for row, keys in needs for key, kind in keys.items()):
            raise ValueError
    except (ValueError, OSError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(path) from error
    return rows


ABOUT = (
    "title",
    "by",
    "level",
    "category",
    "period",
    "base",
    "statistic",
    "unit",
    "data_kind",
    "ci_low",
    "ci_high",
    "n",
    "reason",
)
# Why a number may differ though the inputs are the same in kind, the strongest reason first.
CAUSES = {"definition_sha": "definition", "base": "base", "n": "answers"}


def diff(old: pd.DataFrame, new: pd.DataFrame, *, tolerance: float = 1e-9) -> pd.DataFrame:
    """What changed between two runs: rows new, gone, or with another number or quality.

    Parameters
    ----------
    old, new : DataFrame
        Evidence frames.
    tolerance : float
        Absolute difference below which an estimate counts as equal.

    Returns
    -------
    DataFrame
        id, change (new, gone, changed), before, after, quality_before, quality_after, n_before, cause (of
        `CAUSES`, or "inputs"), and what the rows are about (`ABOUT`), with the interval of the new run.
    """
    import pandas as pd

    old, new = _as_tested(old), _as_tested(new)
    about = [name for name in ABOUT if name in new and name in old]
    causes = [name for name in CAUSES if name in new and name in old]
    columns = ["id", "estimate", "quality", *causes]
    both = old[columns].merge(
        new[columns], on="id", how="outer", suffixes=("_before", "_after"), indicator="change"
    )
    both["change"] = (
        both["change"].astype(str).map({"left_only": "gone", "right_only": "new", "both": "changed"})
    )
    moves = (both["estimate_before"] - both["estimate_after"]).abs() > tolerance
    withheld = both["estimate_before"].isna() != both["estimate_after"].isna()
    other = both["quality_before"] != both["quality_after"]
    both["cause"] = "inputs"
    for name in reversed(causes):
        then, now = both.pop(f"{name}_before"), both.pop(f"{name}_after")
        both.loc[then.notna() & now.notna() & (then != now), "cause"] = CAUSES[name]
        if name == "n":
            both["n_before"] = then
    rows = both[(both["change"] != "changed") | moves | withheld | other]
    names = {"estimate_before": "before", "estimate_after": "after"}
    texts = pd.concat([new, old])[["id", *about]].drop_duplicates("id")
    return rows.rename(columns=names).merge(texts, on="id").sort_values("id", ignore_index=True)


def _as_tested(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose tested contrasts have the interval that their verdict follows, of all comparisons."""
    if not {"verdict", "sim_low", "sim_high"} <= set(rows):
        return rows
    tested = rows["verdict"].fillna("") != ""
    ends = {f"ci_{end}": rows[f"ci_{end}"].mask(tested, rows[f"sim_{end}"]) for end in ("low", "high")}
    return rows.assign(**ends)


def publishable_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """What of a `diff` may be published beside a report on observed children.

    A number that is withdrawn or newly hidden is not said: with the new run it would tell what was hidden.
    Values are rounded to whole percents (others to one decimal), so that no difference of a child shows;
    which bases lost or won a child is not said either.
    """
    observed = changes["data_kind"] == "observed" if "data_kind" in changes else changes["id"] != ""
    visible = changes["before"].notna() & changes["after"].notna() | (changes["change"] == "new")
    rows = changes[~observed | visible]
    rounded = {name: rows[name].where(~observed, rows[name].map(_rounded)) for name in ("before", "after")}
    moved = (rounded["before"] != rounded["after"]) | ~observed
    if "n_before" in rows:
        rounded["n_before"] = rows["n_before"].mask(observed)
        rounded["cause"] = rows["cause"].mask(observed & (rows["cause"] == "answers"), "inputs")
    return rows.assign(**rounded)[moved.reindex(rows.index)].reset_index(drop=True)


def _rounded(value: float) -> float:
    return round(value, 2 if abs(value) <= 1 else 1)


def trace(root: Path, evidence_id: str) -> dict[str, Any]:
    """Everything behind one published number.

    Parameters
    ----------
    root : Path
        The project folder.
    evidence_id : str
        ``study/phase/…``, or as much of it as is unique.

    Returns
    -------
    dict
        sentences, estimate (with n, design, method), definition, files with hashes, workbook cell, commit.

    Raises
    ------
    EvidenceError
        Unknown id: with the nearest ones; or no run of that study and phase.
    """
    parts = evidence_id.split("/")
    if len(parts) < 3:
        raise EvidenceError(
            "Not an evidence id.", got=evidence_id, allowed="study/phase/indicator/statistic/domain"
        )
    folder = root / "outputs" / parts[0] / parts[1]
    store = Evidence(parts[0], parts[1])
    store.rows = {row["id"]: row for row in row_dicts(load(folder))}
    estimate = store["/".join(parts[2:])]
    record = _read(folder / "run.json")
    findings = checked_records(folder / "findings.json", text=str, ids=list)
    return {
        "id": estimate.id,
        "sentences": [finding["text"] for finding in findings if estimate.id in finding["ids"]],
        "estimate": {f.name: getattr(estimate, f.name) for f in fields(estimate)},
        "definition": _definition(estimate, record),
        "files": _files(record),
        "cell": _cell(folder / "workbook.ipynb", estimate.id),
        "run": {key: record.get(key) for key in ("run", "commit", "finished", "python")},
    }


def _files(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the run read, from its record: data first, then params and workbook."""
    inputs = record.get("inputs", {})
    names = [name for name in inputs if name.startswith("data ")] or ["params"]
    rest = [name for name in inputs if name.startswith(("workbook ", "annex "))]
    return [{"name": name, "sha256": str(inputs.get(name, ""))} for name in [*names, *rest] if name in inputs]


def _definition(estimate: Estimate, record: Mapping[str, Any]) -> dict[str, str]:
    text = {
        "title": estimate.title,
        "question": estimate.question,
        "base": estimate.base,
        "definition_sha": estimate.definition_sha,
        "source": estimate.source,
        "licence": estimate.licence,
    }
    return {key: value for key, value in text.items() if value}


def _cell(path: Path, evidence_id: str) -> dict[str, Any] | None:
    """The first cell of the executed workbook whose exhibits show the number."""
    if not path.is_file():
        return None
    cells = _read(path).get("cells", [])
    for number, cell in enumerate(cells, 1):
        for output in cell.get("outputs", []):
            block = output.get("data", {}).get("application/vnd.digicit.block+json")
            if block and evidence_id in set(_ids_in(block)):
                return {"number": number, "id": cell.get("id"), "source": "".join(cell["source"])}
    return None


def _ids_in(block: Any) -> Iterable[str]:
    """Every evidence id that a block cites."""
    if isinstance(block, Mapping):
        if isinstance(block.get("id"), str):
            yield block["id"]
        yield from (name for name in block.get("provenance", []) if isinstance(name, str))
        for value in block.values():
            yield from _ids_in(value)
    elif isinstance(block, Sequence) and not isinstance(block, str):
        for value in block:
            yield from _ids_in(value)
