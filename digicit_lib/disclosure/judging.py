"""Each row on its own: is the number good enough (reliability), does it tell of a few children (privacy)."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from digicit_lib.codebook import FOLDER, catalogue, split_id
from digicit_lib.disclosure.additions import SHARES
from digicit_lib.errors import DataError
from digicit_lib.language.codes import code
from digicit_lib.safe import load_yaml

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.params import Publication

QUANTILE = NormalDist().inv_cdf
# NCHS Data Presentation Standards for Proportions (2017), which speak of 95 % intervals.
WIDE, NARROW, RELATIVE, EFFECTIVE, FEW_DF = 0.30, 0.05, 1.30, 30, 8
SENSITIVE = 2
NAMES = ("indicator", "by", "level", "statistic", "category", "period")
_NUMBERS = load_yaml(FOLDER / "estimates.yaml")[0]["judged"]
_PRIVATE = r"(?:^|;)privacy\b"


def working(frame: pd.DataFrame, profile: Publication, breakdowns: Mapping[str, int]) -> pd.DataFrame:
    """The columns that decide, as plain text and numbers, with the minimum cell of each row."""
    import pandas as pd

    missing = [name for name in (*NAMES[:4], "estimate", "n") if name not in frame]
    if missing:
        raise DataError("Estimates lack columns.", got=", ".join(map(str, frame)), allowed=", ".join(missing))
    texts = {n: frame[n].astype(str).to_numpy() if n in frame else "" for n in (*NAMES, "quality", "reason")}
    numbers = {n: pd.to_numeric(frame[n]).to_numpy(float) if n in frame else np.nan for n in _NUMBERS}
    work = pd.DataFrame(texts | numbers, index=range(len(frame)))
    work["told"] = work["n"].notna()
    work["n"] = work["n"].fillna(_most(work, profile))
    work["most"] = work["n"]
    work["n_yes"] = work["n_yes"].fillna((work["n"] * work["estimate"]).where(work["statistic"].isin(SHARES)))
    work["each"] = _weight_of_each(work)
    sensitive = _sensitivity(work, frame, breakdowns, profile) >= SENSITIVE
    work["cell"] = np.where(sensitive, profile.min_cell_sensitive, profile.min_cell).astype(float)
    work["sensitive"] = sensitive
    return work


def _weight_of_each(work: pd.DataFrame) -> pd.Series:
    """The weight of a child in a group where all have the same: each share is then that of the counts."""
    each, has_value = work["sum_w"] / work["n"], work["estimate"].notna() & work["statistic"].isin(SHARES)
    uneven = (work["estimate"] - work["n_yes"] / work["n"]).abs().where(has_value)
    widest = uneven.groupby([work["by"], work["level"]]).transform("max")
    weight: pd.Series = each.where(widest < 1e-9)
    return weight


def _most(work: pd.DataFrame, profile: Publication) -> pd.Series:
    """What a base can be at most that is not told: those of its indicator, those of its group."""
    group = work.groupby(["by", "level"])["n"].transform("max").fillna(profile.min_base - 1)
    most: pd.Series = np.minimum(group, work.groupby("indicator")["n"].transform("max").fillna(group))
    return most


def _sensitivity(
    work: pd.DataFrame, frame: pd.DataFrame, breakdowns: Mapping[str, int], profile: Publication
) -> np.ndarray:
    indicators = catalogue()
    if "sensitivity" in frame:
        stated = frame["sensitivity"].to_numpy(float)
    else:
        plain = {name: split_id(name)[0] for name in work["indicator"].unique()}
        usual = work["reason"].str.contains(rf"\bprivacy\?n={profile.min_cell}\b")
        ordinary = {*work.loc[usual, "indicator"]}  # a study's own question: as its printed reason says
        classes = {
            name: indicators[p].sensitivity if p in indicators else SENSITIVE * (name not in ordinary)
            for name, p in plain.items()
        }
        stated = work["indicator"].map(classes).to_numpy(float)
    groups = {by: max(breakdowns.get(part, 0) for part in by.split(",")) for by in work["by"].unique()}
    return np.maximum(stated, work["by"].map(groups).to_numpy(float))


def judged(work: pd.DataFrame, profile: Publication) -> pd.DataFrame:
    """Each row on its own: `absent`, `weak` (reliability hides it), `mark` (caution), `private`; `bounded`
    where the reason that is printed tells of the count: of a few answers it says none, or no small cell."""
    n, yes, p = work["n"], work["n_yes"], work["estimate"]
    share, width = work["statistic"].isin(SHARES), _width(work)
    wide = share & (width > NARROW)
    hide = {
        code("few_answers", n=profile.min_base): n < profile.min_base,
        "no_estimate": p.isna(),
        "small_effective_sample": share & (_effective(work) < EFFECTIVE),
        "wide_interval": share & (width >= WIDE),
        "wide_for_share": wide & (p > 0) & (width > RELATIVE * p),
    }
    small = code("some_answers", low=profile.min_base, high=profile.caution_base - 1)
    mark = {
        small: n < profile.caution_base,
        "few_df": work["df"] < FEW_DF,
        "none_or_all": share & p.isin([0.0, 1.0]),
        "wide_for_complement": wide & (width > RELATIVE * (1 - p)),
    }
    weak = np.select(list(hide.values()), list(hide), "")
    few = (yes > 0) & (yes < work["cell"]) | (n - yes > 0) & (n - yes < work["cell"])
    few &= ~_like_all(work)
    return work.assign(
        absent=(work["quality"] == "not_asked") | (n == 0),
        weak=weak,
        bounded=share & (weak != "") & yes.notna(),
        mark=np.select(list(mark.values()), list(mark), ""),
        private=share & (n > 0) & (few | work["sensitive"] & (yes == n)),
        fixed=False,
    )


def _like_all(work: pd.DataFrame) -> pd.Series:
    """Rows of none (or all) where that is said of all together: it is said of each group with them."""
    share = work["n_yes"] / work["n"]
    told = share.where((work["by"] == "") & share.isin([0.0, 1.0]))
    keys = [work[name] for name in ("indicator", "statistic", "category", "period")]
    return told.groupby(keys).transform("max") == share


def _width(work: pd.DataFrame) -> pd.Series:
    """Width of the interval, stretched to 95 % where it was made for another level."""
    level = work["confidence_level"].fillna(0.95)
    return (work["ci_high"] - work["ci_low"]) * QUANTILE(0.975) / (0.5 + level / 2).map(QUANTILE)


def _effective(work: pd.DataFrame) -> pd.Series:
    """n, or the simple random sample with the same standard error where that is smaller."""
    p, variance = work["estimate"], work["se"] ** 2
    inside = (p > 0) & (p < 1) & (variance > 0)
    return work["n"].where(~inside, np.minimum(work["n"], p * (1 - p) / variance.where(variance > 0)))


def as_published(work: pd.DataFrame) -> pd.DataFrame:
    withheld = work["quality"] == "suppressed"
    private = withheld & work["reason"].str.contains(_PRIVATE)
    weak = np.where(withheld & ~private, work["reason"] + " ", "")
    # A weighted share is about that of the children; the rule says how many it tells of at least.
    yes, least = work["n_yes"], work["cell"] + 1e-6
    yes = yes.mask((yes % 1).between(1e-6, 1 - 1e-6), yes.clip(least, work["n"] - least))
    facts = {"absent": work["quality"] == "not_asked", "weak": weak, "private": private, "n_yes": yes}
    return work.assign(**facts, bounded=False, mark="", fixed=True)
