"""Evidence: every published number is a row with a readable id; tables, figures and sentences are views.

Id: ``study/phase/indicator[@variant]/statistic[:category]/by=level[,by=level]|all[/period]``; a difference
is ``study/phase/indicator/diff:gender=girl-boy``. The part after the phase is the *tail*, which finding
tokens use; a bare indicator is its default statistic for everyone asked.
"""

from __future__ import annotations

import difflib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicit_lib.errors import EvidenceError
from digicit_lib.safe import csv_frame, fingerprint, write_atomic

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("estimate", "theme", "source")
QUALITIES = ("ok", "caution", "suppressed", "not_asked")
DEFAULT_STATISTICS = ("share", "mean", "median", "value", "segments", "alpha")
# What a reader may learn of a hidden row: that it exists and why it is hidden.
FILES = ("evidence.csv", "evidence.parquet", "findings.json")
# Statistics that subtract: of shares they are points, not shares.
CONTRASTS = ("diff", "change")
# Statistics of a pair of groups, or of a group against a reference: the groups follow a colon.
PAIRED = ("diff", "odds", "hedges_g")


@dataclass(frozen=True)
class Estimate:
    """One row of evidence.

    Attributes
    ----------
    id, kind, study, country, phase, wave : str
    indicator, title, by, level, statistic, category, period : str
    estimate, se, ci_low, ci_high : float
        In `unit`; shares run from 0 to 1. NaN where the quality is not `ok` or `caution`.
    n, n_psu, df, deff, missing_share : float
        Unweighted base, PSUs in the domain, degrees of freedom, design effect, item non-response.
    family, verdict : str
        Of a contrast: the declared family it is tested in, and "more", "less" or "not shown" (the first group
        against the second, this wave against the earlier one); empty where nothing was tested.
    file, row : str
        Of a figure that a file gives: its name and line; `source` holds the citation.
    m, p_value, p_adjusted, sim_low, sim_high : float
        How many contrasts the family declares, the plain and the adjusted p, and the simultaneous interval.
    bound_low, bound_high : float
        Of a share for everyone: with all who gave no valid answer counted as a no, and as a yes.
    """

    id: str
    kind: str
    study: str
    country: str
    phase: str
    wave: str
    indicator: str
    title: str
    by: str
    level: str
    statistic: str
    category: str
    period: str
    unit: str
    method: str
    base: str
    quality: str
    reason: str
    data_kind: str
    definition_sha: str
    question: str
    source: str
    licence: str
    run: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    confidence_level: float
    n: float
    n_psu: float
    deff: float
    df: float
    missing_share: float
    family: str = ""
    verdict: str = ""
    file: str = ""
    row: str = ""
    m: float = float("nan")
    p_value: float = float("nan")
    p_adjusted: float = float("nan")
    sim_low: float = float("nan")
    sim_high: float = float("nan")
    bound_low: float = float("nan")
    bound_high: float = float("nan")

    @property
    def shown(self) -> bool:
        """Whether the number may be printed."""
        return self.quality in ("ok", "caution")

    @property
    def interval(self) -> tuple[float, float]:
        """The interval to print beside the number: of a tested contrast that of all comparisons together."""
        return (self.sim_low, self.sim_high) if self.verdict else (self.ci_low, self.ci_high)

    def to_frame(self) -> pd.DataFrame:
        """The row as a frame of one row."""
        import pandas as pd

        return pd.DataFrame([{field.name: getattr(self, field.name) for field in fields(self)}])


_TEXT, _NUMBERS = (tuple(f.name for f in fields(Estimate) if f.type == kind) for kind in ("str", "float"))


@dataclass(frozen=True)
class Finding:
    """A sentence whose every number cites evidence.

    Attributes
    ----------
    template : str
        The sentence with tokens, as written in the workbook.
    text : str
        The sentence as printed.
    ids : tuple of str
        The evidence behind it.
    key : bool
        Whether it belongs in the summary.
    value : str
        Of its numbers, for reviews: another number gives another one.
    """

    template: str
    text: str
    ids: tuple[str, ...]
    key: bool = True
    value: str = ""

    @property
    def name(self) -> str:
        """What reviews call it, in every language and every version.

        Examples
        --------
        >>> Finding("{ACC-01} do.", "50% do.", ("s/quantitative/ACC-01",)).name
        'fb18b8b63d8'
        """
        return "f" + fingerprint([self.template, *self.ids])[:10]


def tail(
    indicator: str, statistic: str, by: str = "", level: str = "", category: str = "", period: str = ""
) -> str:
    """The readable end of an id.

    Examples
    --------
    >>> tail("ACC-03", "share", "gender", "girl")
    'ACC-03/share/gender=girl'
    >>> tail("ACC-03", "diff", "gender", "girl-boy")
    'ACC-03/diff:gender=girl-boy'
    >>> tail("ACC-03", "change", period="2012")
    'ACC-03/change/all/2012'
    >>> tail("IT.NET.USER.ZS", "value", period="2023")
    'IT.NET.USER.ZS/value/all/2023'
    """
    levels = (
        ",".join(f"{b}={v}" for b, v in zip(by.split(","), level.split(","), strict=True)) if by else "all"
    )
    if statistic in PAIRED and by:
        return f"{indicator}/{statistic}:{levels}" + (f"/{period}" if period else "")
    head = f"{indicator}/{statistic}" + (f":{category}" if category else "")
    return f"{head}/{levels}" + (f"/{period}" if period else "")


class Evidence:
    """The evidence of one run: unique ids, complete rows.

    Parameters
    ----------
    study, phase : str
        They start every id.
    context : mapping
        Values for columns that are the same in every row: country, wave, run, data_kind.

    Examples
    --------
    >>> import pandas as pd
    >>> store = Evidence("turkey", "quantitative", {"data_kind": "synthetic"})
    >>> rows = store.add(pd.DataFrame({"indicator": ["ACC-03"], "statistic": ["share"], "estimate": [0.4]}))
    >>> store["ACC-03"].id
    'turkey/quantitative/ACC-03/share/all'
    """

    def __init__(self, study: str, phase: str, context: Mapping[str, str] | None = None) -> None:
        self.study, self.phase, self.context = study, phase, dict(context or {})
        self.rows: dict[str, dict[str, Any]] = {}
        self.findings: list[Finding] = []

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, frame: pd.DataFrame, *, kind: str = "estimate") -> pd.DataFrame:
        """Record rows; the same row twice is one row, another value under a known id is an error.

        Parameters
        ----------
        frame : DataFrame
            Columns of `Estimate`; absent ones are empty.
        kind : {"estimate", "theme", "source"}

        Returns
        -------
        DataFrame
            The frame with all evidence columns, `id` among them.

        Raises
        ------
        EvidenceError
            On a duplicate id with other content.
        """
        complete = self._complete(frame, kind)
        for record in row_dicts(complete[[*_TEXT, *_NUMBERS]]):
            present = self.rows.setdefault(record["id"], record)
            if present is not record and not _same(present, record):
                hint = "give the second estimate its own indicator or domain"
                raise EvidenceError("One evidence id, two different numbers.", where=record["id"], next=hint)
        return complete

    def _complete(self, frame: pd.DataFrame, kind: str) -> pd.DataFrame:
        import pandas as pd

        fixed = {"study": self.study, "phase": self.phase, "kind": kind}
        texts = {
            c: frame[c].fillna("").astype(str) if c in frame else str(self.context.get(c, "")) for c in _TEXT
        }
        numbers = {c: pd.to_numeric(frame[c]) if c in frame else float("nan") for c in _NUMBERS}
        out = frame.assign(**{**texts, **numbers, **fixed})
        out["quality"] = out["quality"].replace("", "ok")
        parts = row_dicts(out[["indicator", "statistic", "by", "level", "category", "period"]])
        out["id"] = [f"{self.study}/{self.phase}/{tail(*row.values())}" for row in parts]
        if out["id"].duplicated().any():
            same = out[out["id"] == out["id"][out["id"].duplicated()].iloc[0]]
            names = "; ".join(dict.fromkeys(same["title"]))[:200]
            hint = "give one of them a name that differs in a letter or a figure"
            raise EvidenceError(
                "An evidence id stands twice.", where=same["id"].iloc[0], got=names, next=hint
            )
        # Texts as objects lie in one block, and so do numbers: each later step takes two, not one a column.
        return out.astype(dict.fromkeys(out.select_dtypes("str"), object)).copy()

    def __getitem__(self, token: str) -> Estimate:
        """The estimate that a token names.

        Raises
        ------
        EvidenceError
            Unknown: with the nearest ids.
        """
        row = self._find(token)
        if row is None:
            tails = [name.split("/", 2)[2] for name in self.rows]
            near = difflib.get_close_matches(token, tails, n=3, cutoff=0.3)
            what = "No evidence with this id in this run."
            hint = "estimate it in a cell before the sentence"
            raise EvidenceError(what, got=token, allowed=", ".join(near), next=hint)
        return Estimate(**row)

    def _find(self, token: str) -> dict[str, Any] | None:
        prefix = f"{self.study}/{self.phase}/"
        for name in (token, prefix + token):
            if name in self.rows:
                return self.rows[name]
        for statistic in DEFAULT_STATISTICS:
            start = f"{prefix}{token}/{statistic}/all"
            if start in self.rows:
                return self.rows[start]
            periods = [name for name in self.rows if name.startswith(start + "/")]
            if periods:
                return self.rows[max(periods)]
        return None

    def to_frame(self) -> pd.DataFrame:
        """All rows, sorted by id."""
        import pandas as pd

        rows = [self.rows[name] for name in sorted(self.rows)]
        return pd.DataFrame(rows, columns=[*_TEXT, *_NUMBERS])

    def save(self, folder: Path, reason_text: Callable[[str], str] = str) -> None:
        """Write `evidence.parquet`, its CSV twin and `findings.json`.

        Parameters
        ----------
        folder : Path
        reason_text : callable
            Says a reason's codes in English, for the column of that name beside them in the CSV.
        """
        frame = self.to_frame()
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        write_atomic(folder / "evidence.parquet", buffer.getvalue())
        frame.insert(frame.columns.get_loc("reason") + 1, "reason_text", frame["reason"].map(reason_text))
        write_atomic(folder / "evidence.csv", csv_frame(frame))
        findings = [
            {"text": f.text, "template": f.template, "ids": f.ids, "key": f.key, "value": f.value}
            for f in self.findings
        ]
        write_atomic(folder / "findings.json", json.dumps(findings, ensure_ascii=False, indent=1) + "\n")


def row_dicts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame by column, many times as soon as `DataFrame.to_dict` where the texts are Arrow's.

    Examples
    --------
    >>> import pandas as pd
    >>> row_dicts(pd.DataFrame({"id": ["a", "b"], "n": [1, 2]}))
    [{'id': 'a', 'n': 1}, {'id': 'b', 'n': 2}]
    """
    names = list(frame)  # of a frame itself each row would read its names anew
    columns = (frame[name].to_numpy(dtype=object).tolist() for name in names)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _same(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(row[key] == other[key] or (row[key] != row[key] and other[key] != other[key]) for key in row)
