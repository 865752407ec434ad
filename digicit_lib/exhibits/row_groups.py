"""Rows of a table that stand together: of one base, of one breakdown, under one head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

REPEATED = 4  # rows a head stands over on average, for it to be worth a line of its own


def by_base(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of one base beside one another, bases in the order in which they come."""
    if "base_text" not in table:
        return table
    order = {base: place for place, base in enumerate(dict.fromkeys(table["base_text"]))}
    return table.sort_values("base_text", key=lambda x: x.map(order), kind="stable", ignore_index=True)


def base_groups(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Runs of rows that rest on one base, where there are several: each run is headed by its base."""
    bases = table["base_text"].tolist() if "base_text" in table else []
    return runs(bases) if len(set(bases)) > 1 else []


def runs(heads: Sequence[str]) -> list[dict[str, Any]]:
    """Groups of rows, one for each run of a head."""
    starts = [i for i, head in enumerate(heads) if i == 0 or head != heads[i - 1]]
    ends = [*starts[1:], len(heads)][: len(starts)]
    return [{"label": heads[a], "start": a, "end": b} for a, b in zip(starts, ends, strict=True)]


def level_groups(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Runs of rows that share a breakdown, where there is more than one."""
    run = (table["by"] != table["by"].shift()).cumsum()
    parts = [part for _, part in table.groupby(run, sort=False) if part["by"].iloc[0]]
    return [
        {"label": part["by_text"].iloc[0], "start": int(part.index[0]), "end": int(part.index[-1]) + 1}
        for part in parts
        if table["by"].nunique() > 1
    ]


def under_heads(body: dict[str, Any]) -> dict[str, Any]:
    """What many rows in a row repeat, such as the country of a series, heads them once, with their base."""
    heads = body["row_headers"] - 1
    if heads < 1:
        return body
    bases = {k: group["label"] for group in body["groups"] for k in range(group["start"], group["end"])}
    names = (", ".join(filter(None, row[:heads])) for row in body["rows"])
    groups = runs([" · ".join(filter(None, (name, bases.get(k)))) for k, name in enumerate(names)])
    if len(body["rows"]) < REPEATED * len(groups):
        return body
    rows = [row[heads:] for row in body["rows"]]
    return {**body, "columns": body["columns"][heads:], "rows": rows, "groups": groups, "row_headers": 1}
