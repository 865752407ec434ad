"""Accessible tables of estimates: blocks of plain text that a page and a PDF render alike.

A table shows what `disclosure` left. It never sees respondents and computes nothing but text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from digicit_lib.disclosure.additions import records
from digicit_lib.errors import DataError
from digicit_lib.evidence import CONTRASTS
from digicit_lib.exhibits.cell_text import (
    MARKS,
    NOT_PUBLISHED,
    counted_cell,
    interval_ends,
    interval_head,
    interval_text,
    labelled,
    of_numbers,
    plain_cell,
    span_text,
    value_text,
    verdict_words,
    without_hidden,
)
from digicit_lib.exhibits.row_groups import base_groups, by_base, level_groups, runs, under_heads
from digicit_lib.language import N_, percent, translate
from digicit_lib.language.codes import label_table
from digicit_lib.safe import csv_frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MARKS", "csv", "estimates", "interval_text", "labelled", "listing", "plain_table", "value_text"]

# More columns than this leave no room for intervals on an A4 page; they stay in the CSV.
MANY_COLUMNS = 8
_MARK_NOTES = label_table("mark notes")
_PLAIN_UNITS = ("share", "count", "")
_NAME = [name + text for name in ("indicator", "statistic", "unit", "category") for text in ("", "_text")]
_CELL = ["estimate", "ci_low", "ci_high", "unit", "statistic", "quality", "id"]
_HEADS = label_table("table heads")


def estimates(
    frame: pd.DataFrame,
    *,
    rows: str = "indicator",
    columns: str = "level",
    title: str,
    subtitle: str = "",
    slug: str = "",
    number: int | None = None,
    notes: Iterable[str] = (),
    source: str = "",
    language: str = "en",
    synthetic: bool = False,
    interval: bool | None = None,
    missing: bool = False,
    decimals: int = 1,
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A table block of estimates with intervals, unweighted n and marks.

    Parameters
    ----------
    frame : DataFrame
        Estimates after `disclosure.apply`, in the order in which they are to stand.
    rows, columns : {"indicator", "level", "category", "period", "country"}
        What makes a row and a column. Where one of them takes a single value, the other makes the rows, and
        the columns are estimate, interval and n.
    interval : bool, optional
        Intervals in the cells; by default up to eight columns.
    missing : bool
        Show the share without a valid answer, where the columns are estimate, interval and n.
    decimals : int
        Of shares and means; counts are whole.
    labels : mapping, optional
        Display names of raw values.

    Returns
    -------
    dict
        A block of kind table. Cells carry evidence id, value and quality.

    Raises
    ------
    DataError
        No rows, or two estimates for one cell.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"indicator": "ACC-03", "title": "Daily use", "by": "gender", "n": [400, 30],
    ...     "level": ["girl", "boy"], "estimate": [0.512, 0.4], "ci_low": [0.47, 0.3], "ci_high": [0.55, 0.5],
    ...     "quality": ["ok", "caution"]})
    >>> block = estimates(frame, title="Daily use")
    >>> [[cell if isinstance(cell, str) else cell["text"] for cell in row] for row in block["rows"]]
    [['girl', '51.2%', '47.0–55.0', '400'], ['boy', '(40.0%)', '30.0–50.0', '30']]
    """
    table = _keyed(labelled(frame, labels=labels, language=language), (rows, columns), title)
    if table.duplicated(["_row", "_column"]).any():
        raise DataError("Two estimates for one cell of a table.", where=title, got=f"{rows} by {columns}")
    form: dict[str, Any] = {"language": language, "decimals": decimals}
    table = by_base(table) if rows == "indicator" else table
    counts = table["_row"].nunique(), table["_column"].nunique()
    if min(counts) == 1:  # a single row is named by what it is of, never by everyone
        body = _long(table, [columns if counts[0] == 1 < counts[1] else rows], missing, **form)
    else:
        many = table["_column"].nunique() > MANY_COLUMNS
        body = _wide(table, rows, columns, not many if interval is None else interval, **form)
    words = {"title": title, "subtitle": subtitle, "source": source, "slug": slug, "number": number}
    lines = [*notes, *_notes(table, language)]
    return _block(body, notes=lines, provenance=_ids(table), synthetic=synthetic, **words)


def listing(
    frame: pd.DataFrame,
    *,
    title: str,
    language: str = "en",
    synthetic: bool = False,
    decimals: int = 1,
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A table block with one row an estimate and a column for whatever differs: any frame, any length.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"country": ["TUR", "TUR"], "period": ["2019", "2021"], "estimate": [74.0, 81.4],
    ...     "unit": "%"})
    >>> block = listing(frame, title="Internet users")
    >>> [column["label"] for column in block["columns"]], block["rows"][1][1]["text"]
    (['Year', 'Estimate (%)'], '81.4')
    """
    dims = ["country", "indicator", "category", "level", "period"]
    table = by_base(_keyed(labelled(frame, labels=labels, language=language), dims, title))
    vary = [n for n in dims if table[n].nunique() > 1 or (n == "level" and table["by"].nunique() > 1)]
    named = table["by"].any() or ("level_label" in frame and frame["level_label"].any())
    vary = vary or ["level" if named else "indicator"]  # one row is called by its own name
    lacking = "missing_share" in frame and bool((frame["missing_share"] > 0).any())
    body = under_heads(_long(table, vary, lacking, language=language, decimals=decimals))
    lines = _notes(table, language)
    return _block(
        body, notes=lines, provenance=_ids(table), synthetic=synthetic, title=title, slug="", number=None
    )


def plain_table(
    frame: pd.DataFrame,
    *,
    title: str,
    row_headers: int = 1,
    align: Mapping[str, str] | None = None,
    decimals: int = 1,
    subtitle: str = "",
    slug: str = "",
    number: int | None = None,
    notes: Iterable[str] = (),
    source: str = "",
    language: str = "en",
    synthetic: bool = False,
    provenance: Iterable[str] = (),
    group: str = "",
) -> dict[str, Any]:
    """A table block of any tidy display frame; numbers in the language's form, right-aligned.

    Parameters
    ----------
    frame : DataFrame
        Column names are the heads; ``attrs["languages"]`` names those of passages in another one.
    row_headers : int
        Leading columns that head their row.
    align : mapping, optional
        left, right or center by column.
    provenance : iterable of str
        Ids of the evidence that the cells tell.
    group : str
        A column whose values head runs of rows instead of standing in each.

    Returns
    -------
    dict
        A block of kind table.

    Examples
    --------
    >>> import pandas as pd
    >>> block = plain_table(pd.DataFrame({"Theme": ["Help"], "Segments": [1204]}), title="Themes")
    >>> block["rows"], block["columns"][1]["align"]
    ([['Help', {'text': '1,204', 'value': 1204}]], 'right')
    """
    frame = frame.copy()
    heads = list(map(str, frame.pop(group))) if group else []
    sides = [  # by place: two heads may be one word of a language
        "right" if at >= row_headers and of_numbers(frame.iloc[:, at]) else "left"
        for at in range(frame.shape[1])
    ]
    names = zip(map(str, frame), sides, strict=True)
    columns = [_column(name, (align or {}).get(name, side)) for name, side in names]
    other = frame.attrs.get("languages", {})
    rows = [[plain_cell(v, language, decimals, other) for v in row] for row in frame.itertuples(index=False)]
    words = {"title": title, "subtitle": subtitle, "source": source, "slug": slug, "number": number}
    body = {"columns": columns, "rows": rows, "row_headers": row_headers, "groups": runs(heads)}
    return _block(body, notes=list(notes), provenance=list(provenance), synthetic=synthetic, **words)


def csv(frame: pd.DataFrame, *, synthetic: bool = False) -> str:
    """The data of an exhibit as CSV text: hidden rows empty, invented ones labelled, no cell a formula.

    Parameters
    ----------
    frame : DataFrame
    synthetic : bool
        Label every row SYNTHETIC; without it `data_kind` decides.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> print(csv(pd.DataFrame({"title": ["=1+1"], "estimate": [-0.5]}), synthetic=True))
    data_kind,title,estimate
    SYNTHETIC,'=1+1,-0.5
    <BLANKLINE>
    """
    safe = without_hidden(frame) if "quality" in frame else frame.copy()
    safe = safe.drop(columns=[name for name in NOT_PUBLISHED if name in safe])
    kind: Any = "SYNTHETIC" if synthetic else None
    if "data_kind" in safe:
        label = safe.pop("data_kind").astype(str).replace("synthetic", "SYNTHETIC")
        kind = label if kind is None else kind
    if kind is not None:
        safe.insert(0, "data_kind", kind)
    return csv_frame(safe)


def _block(body: Mapping[str, Any], **words: Any) -> dict[str, Any]:
    start = {"kind": "table", "subtitle": "", "source": "", "row_headers": 1, "groups": [], "files": {}}
    return {**start, **words, **body}


def _ids(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table["id"] if name]


def _column(label: str, align: str = "right", group: str | None = None) -> dict[str, Any]:
    return {"label": label, "align": align, "group": group}


def _keyed(table: pd.DataFrame, dims: Sequence[str], title: str) -> pd.DataFrame:
    """Keys of rows and columns; what no dimension says goes into the indicator's name."""
    if table.empty:
        raise DataError("A table without estimates.", where=title)
    kinds: dict[str, set[str]] = defaultdict(set)
    for indicator, statistic in zip(table["indicator"], table["statistic"], strict=True):
        kinds[indicator].update({statistic} - set(CONTRASTS))
    names = [_name(row, len(kinds[row.indicator]) > 1, "category" in dims) for row in records(table[_NAME])]
    table["indicator"], table["indicator_text"] = [key for key, _ in names], [text for _, text in names]
    for side, name in zip(("_row", "_column"), dims, strict=False):
        table[side] = list(zip(table["by"], table["level"], strict=True)) if name == "level" else table[name]
    return table


def _name(row: Any, several: bool, answered: bool) -> tuple[str, str]:
    """Key and words of what a row is of; `answered`: a dimension says which answer it counts."""
    answer = "" if answered else row.category
    statistic = row.statistic if several and row.statistic not in CONTRASTS else ""
    words = ": ".join([row.indicator_text, *([row.category_text] if answer else [])])
    unit = "" if row.unit in _PLAIN_UNITS or row.unit_text.lower() == words.lower() else row.unit_text
    return f"{row.indicator}/{statistic}/{answer}", ", ".join(
        filter(None, (words, statistic and row.statistic_text, unit))
    )


def _cells(table: pd.DataFrame, language: str, decimals: int, interval: bool = False) -> list[dict[str, Any]]:
    return [_cell(row, language, decimals, interval) for row in records(table[_CELL])]


def _cell(row: Any, language: str, decimals: int, interval: bool = False) -> dict[str, Any]:
    if row.quality in MARKS or np.isnan(row.estimate):
        text, value = MARKS.get(row.quality, ""), None
    else:
        form = {"unit": row.unit, "language": language, "decimals": decimals}
        value = float(row.estimate)
        text = value_text(value, statistic=row.statistic, **form)
        text = f"({text})" if row.quality == "caution" else text
        ends = interval_text(row.ci_low, row.ci_high, **form) if interval else ""
        text += f" [{ends}]" if ends else ""
    return {"text": text, "id": row.id or None, "value": value, "quality": row.quality}


def _long(
    table: pd.DataFrame, dims: Sequence[str], missing: bool, language: str, decimals: int
) -> dict[str, Any]:
    """One row an estimate: what it is of, estimate, interval, n and, when asked for, missing answers."""
    form: dict[str, Any] = {"language": language, "decimals": decimals}
    plain = "indicator" in dims or table["unit"].iloc[0] in _PLAIN_UNITS
    unit = "" if plain else f" ({table['unit_text'].iloc[0]})"
    # Beside a verdict stand the simultaneous intervals of its test.
    tested = verdict_words(table, language) is not None
    level = interval_head(table["confidence_level"].max(), tested, language)
    if "indicator" in dims and not tested and "question_text" in table and table["question_text"].any():
        again = table["indicator"] == table["indicator"].shift()  # said once, beside the first row of its own
        dims, table = [*dims, "question"], table.assign(question_text=table["question_text"].mask(again, ""))
    heads = [_column(translate(_HEADS[name], language), "left") for name in dims]
    parts: dict[str, list[Any]] = {translate("Estimate", language) + unit: _cells(table, **form)}
    if table["ci_low"].notna().any():
        ends = zip(table["ci_low"], table["ci_high"], table["unit"], strict=True)
        parts[level] = [
            {"text": interval_text(low, high, unit=unit, **form), "ends": interval_ends(low, high)}
            for low, high, unit in ends
        ]
    if (verdicts := verdict_words(table, language)) is not None:
        parts[translate("Verdict", language)] = verdicts
    if table["n"].notna().any():
        parts[translate("Unweighted n", language)] = [counted_cell(n, language) for n in table["n"]]
    if missing:
        head = translate("No valid answer", language)
        parts[head] = ["" if np.isnan(x) else percent(x, language, decimals) for x in table["missing_share"]]
    rows = [list(row) for row in zip(*(table[f"{name}_text"] for name in dims), *parts.values(), strict=True)]
    grouped = level_groups(table) if list(dims) == ["level"] else base_groups(table)
    return {
        "columns": [*heads, *map(_column, parts)],
        "rows": rows,
        "groups": grouped,
        "row_headers": len(dims),
    }


def _wide(
    table: pd.DataFrame, rows: str, columns: str, interval: bool, language: str, decimals: int
) -> dict[str, Any]:
    """Rows by columns, the estimate with its interval in each cell, the unweighted n in the last row."""
    first = table.drop_duplicates("_column")[["_column", f"{columns}_text", "by", "by_text"]]
    heads = {row["_column"]: row for row in first.to_dict("records")}
    grouped = columns == "level" and table["by"].nunique() > 1
    made = [
        _column(
            head[f"{columns}_text"], "right", (head["by_text"] if head["by"] else None) if grouped else None
        )
        for head in heads.values()
    ]
    held: dict[Any, tuple[str, dict[Any, Any]]] = {}
    cells = _cells(table, language, decimals, interval)
    for row, text, key, cell in zip(
        table["_row"], table[f"{rows}_text"], table["_column"], cells, strict=True
    ):
        held.setdefault(row, (text, {}))[1][key] = cell
    body: list[list[Any]] = [[text, *(row.get(key, "") for key in heads)] for text, row in held.values()]
    if table["n"].notna().any():
        bases = table.groupby("_column", sort=False)["n"].agg(["min", "max"]).to_dict("index")
        spans = [span_text(bases[key]["min"], bases[key]["max"], language) for key in heads]
        body.append([translate("Unweighted n", language), *spans])
    columns_made = [_column(translate(_HEADS[rows], language), "left"), *made]
    groups = base_groups(table.drop_duplicates("_row")) if rows == "indicator" else []
    return {"columns": columns_made, "rows": body, "groups": groups}


def _notes(table: pd.DataFrame, language: str) -> list[str]:
    """What the marks in use mean, and whether weights were left out."""
    marks = [translate(text, language) for mark, text in _MARK_NOTES.items() if mark in {*table["quality"]}]
    if table["method"].astype(str).str.contains("unweighted", case=False).any():
        text = N_("Unweighted: these figures describe those who answered, not the population.")
        marks.append(translate(text, language))
    return marks
