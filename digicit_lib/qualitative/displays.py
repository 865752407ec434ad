"""Frames that the report shows: who took part, saturation, the joint display, COREQ, frequency words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.language import N_, number, percent, translate
from digicit_lib.language.codes import label_table
from digicit_lib.qualitative.analyses import final, frequency, in_order
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.parts import ASKERS
from digicit_lib.qualitative.consent import says_yes
from digicit_lib.qualitative.passage_gate import K
from digicit_lib.qualitative.quotation_gate import quotations

DATES = ("interview_date", "date", "date_month")
ORDERS = label_table("orders")
RELATIONS = (N_("agrees"), N_("widens"), N_("contradicts"))
UNJUDGED, MOST_UNJUDGED = N_("not judged yet"), 5


@dataclass(frozen=True, eq=False)
class Saturation:
    """Code saturation after Guest, Namey and Chen 2020.

    Attributes
    ----------
    curve : DataFrame
        ``sources source new codes ratio low high``: a row an interview in order; `ratio` of the run that ends
        there; `low` and `high` hold 95 % of the other orders.
    point : str or None
        ``6+2``: reached after six interviews, confirmed by a run of two.
    method, says : str
    """

    curve: pd.DataFrame
    point: str | None
    method: str
    says: str


def saturation_point(
    new: Sequence[int], base: int = 4, run: int = 2, threshold: float = 0.05
) -> tuple[str | None, list[float]]:
    """Where new codes in a run fall to `threshold` of the codes in the base (inclusive), and all the ratios.

    Parameters
    ----------
    new : sequence of int
        New codes of each interview in order.
    base, run : int
    threshold : float

    Returns
    -------
    str or None
        ``N+run``, N the interviews before the first such run; None where there is none.
    list of float
        ratio = new codes in the run / codes in the base; runs slide by one.

    Examples
    --------
    >>> saturation_point([20, 0, 0, 0, 1, 0])
    ('4+2', [0.05])
    """
    total = sum(new[:base])
    if not total:
        return None, []
    ratios = [sum(new[i : i + run]) / total for i in range(base, len(new) - run + 1)]
    return next((f"{base + i}+{run}" for i, r in enumerate(ratios) if r <= threshold + 1e-12), None), ratios


def saturation(
    project: Project,
    *,
    order: str | None = None,
    base: int = 4,
    run: int = 2,
    threshold: float = 0.05,
    permutations: int = 1000,
    seed: int = 1,
    language: str = "en",
) -> Saturation:
    """Code saturation in the order of the interviews, with the band of other orders.

    Parameters
    ----------
    project : Project
    order : str, optional
        A column of `Project.sources`; by default the first of interview_date, date, date_month, else the
        order of the files. Never the date of coding.
    base, run, threshold
        As in `saturation_point`.
    permutations, seed : int
    language : str
        Of what it says.

    Returns
    -------
    Saturation

    Raises
    ------
    QualitativeError
        No such column.

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code="x", coder="A")]
    >>> p = Project.build({"a": "P1: yes", "b": "P2: no"}, rows, [])  # nobody has coded b yet
    >>> saturation(p).curve["codes"].tolist()
    [1]
    """
    coded = set(project.segments["source"])  # what nobody has read yet would look like saturation
    sources = project.sources[project.sources["source"].isin(coded & set(project.texts))]
    order = order or next((c for c in DATES if c in sources and sources[c].astype("str").ne("").all()), None)
    if order and order not in sources:
        raise QualitativeError(
            "Sources have no such column to order by.", got=order, allowed=", ".join(sources.columns)
        )
    names = (sources.sort_values(order, kind="stable") if order else sources)["source"].tolist()
    segments = final(project).segments
    presence = pd.crosstab(segments["source"], segments["code"]).reindex(names, fill_value=0).to_numpy() > 0
    first = np.where(presence.any(0), presence.argmax(0), len(names)) if presence.size else np.zeros(0, int)
    new = [int((first == i).sum()) for i in range(len(names))]
    point, ratios = saturation_point(new, base, run, threshold)
    low, high = _band(presence, permutations, seed)
    curve = pd.DataFrame({"sources": range(1, len(names) + 1), "source": names, "new": new})
    curve = curve.assign(codes=np.cumsum(new), ratio=np.nan, low=low, high=high)
    if ratios:
        curve.loc[base + run - 1 :, "ratio"] = ratios
    settings = {
        "base": base,
        "run": run,
        "threshold": threshold,
        "order": order or "file",
        "count": permutations,
    }
    method = _method({**settings, "order": ORDERS.get(order or "file", str(order))}, language)
    if len(names) < base + run:
        needs = {"least": number(base + run, language), "n": number(len(names), language)}
        reached = translate(
            "not to be told, since it needs {least} discussions or interviews and there are {n}",
            language,
            **needs,
        )
    elif point:
        reached = translate("reached at {point}", language, point=point)
    else:
        reached = translate("not reached", language)
    says = translate(
        "Code saturation ({method}): {reached}. It is about codes, not meaning, and does not suit reflexive "
        "thematic analysis.",
        language,
        method=method,
        reached=reached,
    )
    return Saturation(curve, point, _method(settings), says)


def _method(settings: dict[str, Any], language: str = "en") -> str:
    share, count = percent(settings["threshold"], language), number(settings["count"], language)
    message = N_("base {base}, run {run}, at most {share} new codes; order by {order}; {count} other orders")
    order = translate(str(settings["order"]), language)
    parts = {"base": settings["base"], "run": settings["run"], "share": share, "order": order, "count": count}
    return translate(message, language, **parts)


def _band(presence: np.ndarray, permutations: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """2.5 and 97.5 percentiles of codes found after each interview, over random orders."""
    count = len(presence)
    if not permutations or not presence.any():
        curves = np.cumsum([0.0] * count)
        return curves, curves
    rank = np.argsort(np.random.default_rng(seed).random((permutations, count)), axis=1)
    curves = np.zeros((permutations, count))
    for code in presence.T[presence.any(0)]:
        np.add.at(curves, (np.arange(permutations), rank[:, code].min(1)), 1)
    low, high = np.quantile(np.cumsum(curves, axis=1), [0.025, 0.975], axis=0)
    return low, high


def participants(
    project: Project, by: Sequence[str] = ("role", "sex", "age_band"), *, min_cell: int = K
) -> pd.DataFrame:
    """Who took part: participants and sources; groups of few people are not split out.

    Parameters
    ----------
    project : Project
    by : sequence of str
        Attributes of participants that the file has; others are left out.
    min_cell : int
        Groups with fewer participants become one row, ``other`` where they differ; the smallest of the others
        joins them where they alone would be fewer.

    Returns
    -------
    DataFrame
        ``*by, participants, sources``.

    Examples
    --------
    >>> participants(Project.build({}, [], [])).empty
    True
    """
    keys = [c for c in by if c in project.cases]
    cases = project.cases
    cases = cases[~cases["role"].isin(ASKERS)] if "role" in cases else cases
    people = cases.drop_duplicates("case").reindex(columns=dict.fromkeys([*keys, "case", "source"]))
    if not keys or people.empty:
        return pd.DataFrame(columns=[*keys, "participants", "sources"])
    sizes = people.groupby(keys)["case"].transform("size")
    few = sizes < min_cell
    if 0 < few.sum() < min_cell:  # the others alone would be as few: the next smallest group joins them
        few |= sizes == sizes[~few].min()
    # What all of them share tells nobody apart, where they are not few together.
    alike = [c for c in keys if few.sum() >= min_cell and people.loc[few, c].nunique() == 1]
    people.loc[few, [c for c in keys if c not in alike]] = "other"
    counts = people.groupby(keys).agg(participants=("case", "size"), sources=("source", "nunique"))
    return in_order(counts.reset_index(), keys)


def joint_display(
    project: Project,
    estimates: pd.DataFrame,
    judgements: pd.DataFrame | None = None,
    *,
    k: int = K,
    language: str = "en",
) -> pd.DataFrame:
    """Indicators with their intervals beside the themes that speak to them.

    Parameters
    ----------
    project : Project
        Codes name indicators in `indicator_ids`, separated by blanks or semicolons.
    estimates : DataFrame
        Rows of the estimates frame; variants (``RSK-01@yrbs``) meet codes of their indicator.
    judgements : DataFrame, optional
        A human's ``theme, indicator, relation, note``; relation is agrees, widens or contradicts.
    k : int
        Of `quotations`.
    language : str
        Of the translations.

    Returns
    -------
    DataFrame
        The estimates' columns and ``theme, sources, cases, quotation, text, attribution, translation,
        relation, note``. `relation` is ``not judged yet`` without a judgement: no rule can decide it. A pair
        that was judged stands without a number too.

    Raises
    ------
    QualitativeError
        A relation other than the three.

    Examples
    --------
    >>> numbers = pd.DataFrame({"indicator": ["ACC-03"], "estimate": [0.5]})
    >>> joint_display(Project.build({}, [], []), numbers).empty
    True
    """
    judgement_rows = (
        pd.DataFrame(columns=["theme", "indicator", "relation", "note"]) if judgements is None else judgements
    )
    bad = set(judgement_rows["relation"]) - {*RELATIONS, ""}
    if bad:
        raise QualitativeError(
            "Unknown relation.", where="joint display", got=str(min(bad)), allowed=", ".join(RELATIONS)
        )
    rows = estimates.assign(key=estimates["indicator"].str.split("@").str[0])
    quotes = quotations(project, k=k, language=language)
    quotes = quotes[~quotes["negative"].map(says_yes).astype(bool)]
    pairs = _pairs(project, judgement_rows, list(rows["key"]), set(quotes["code"]))
    joined = pairs.merge(rows, on="key", how="left", sort=False)
    joined["indicator"] = joined["indicator"].fillna(joined["key"])
    joined = joined.merge(_counts(project), on="theme", how="left").fillna({"sources": 0, "cases": 0})
    quotes_of_codes = quotes[
        ["code", "quotation", "lang", "text", "attribution", "translation"]
    ].drop_duplicates("code")
    joined = joined.merge(quotes_of_codes, on="code", how="left")
    for column in quotes_of_codes.columns:
        joined[column] = joined[column].astype("object").where(joined[column].notna(), "")
    return joined.drop(columns="key")


def _pairs(project: Project, judgements: pd.DataFrame, measured: list[str], quoted: set[str]) -> pd.DataFrame:
    """Pairs that the team judged, all of them; then codes that name a measured indicator, not judged yet.

    A judged pair has a code that names the indicator, else one of its theme, first of all one with words.
    """
    names = project.codes["indicator_ids"].astype("str").str.split(r"[\s;,]+", regex=True)
    links = project.codes.assign(key=names).explode("key")[["code", "theme", "key"]].drop_duplicates()
    rows: list[dict[str, Any]] = []
    pairs: set[tuple[str, str]] = set()
    for one in judgements.to_dict("records"):
        codes, theme = project.codes, one["theme"]
        mine = codes[codes["theme"].eq(theme) | codes["code"].eq(theme)]
        near = links[links["code"].isin(mine["code"]) & (links["key"] == one["indicator"])]
        codes = list(near["code"]) or list(mine["code"])
        code = next((each for each in codes if each in quoted), next(iter(codes), ""))
        judged = {"relation": one["relation"] or UNJUDGED, "note": one["note"]}
        rows.append({"theme": one["theme"], "code": code, "key": one["indicator"], **judged})
        pairs |= {(theme, one["indicator"]) for theme in mine["theme"]}
    rest = links[links["key"].isin(measured)].drop_duplicates(["theme", "key"])
    others = [r for r in rest.to_dict("records") if (r["theme"], r["key"]) not in pairs]
    others.sort(key=lambda row: measured.index(row["key"]))
    rows += [{**row, "relation": UNJUDGED, "note": ""} for row in others[:MOST_UNJUDGED]]
    return pd.DataFrame(rows, columns=["theme", "code", "key", "relation", "note"])


def _counts(project: Project) -> pd.DataFrame:
    if not len(project.segments):
        return pd.DataFrame(columns=["theme", "sources", "cases"])
    return frequency(project, level="theme")[["theme", "sources", "cases"]]
