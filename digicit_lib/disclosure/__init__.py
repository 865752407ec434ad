"""When a number may be shown: reliability and privacy, two questions with separate reasons.

Reliability asks whether the number is good enough (MICS base rule, then the NCHS width rule of 2017; the
stricter wins). Privacy asks whether it tells something about a few children (minimum cell), and whether what
stays visible gives a hidden count back (complementary suppression, decided by linear programming).
"""

from __future__ import annotations

from collections import defaultdict, namedtuple
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from digicit_lib.codebook import catalogue, split_id
from digicit_lib.disclosure.attack import SHARES, Attack, Counts, protect, systems, unknown_in
from digicit_lib.errors import DataError
from digicit_lib.language import N_, translate
from digicit_lib.language.codes import code

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.params import Publication

# NCHS Data Presentation Standards for Proportions (2017), which speak of 95 % intervals.
WIDE, NARROW, RELATIVE, EFFECTIVE, FEW_DF = 0.30, 0.05, 1.30, 30, 8
# Groups that are sensitive whatever is asked of them.
SENSITIVE_GROUPS = {"displaced": 3, "displacement": 3, "ethnic_origin": 3, "ethnicity": 3}
SENSITIVE = 2
GIVES_BACK = (
    "estimate", "se", "ci_low", "ci_high", "n_yes", "deff", "t", "p_value", "p_adjusted",
    "sim_low", "sim_high", "bound_low", "bound_high",
)  # fmt: skip
HIDDEN = ("suppressed", "not_asked")
_NAMES = ("indicator", "by", "level", "statistic", "category", "period")
_NUMBERS = ("estimate", "se", "ci_low", "ci_high", "confidence_level", "n", "n_yes", "df")
_PRIVATE = r"(?:^|;)privacy\b"


def apply(
    frame: pd.DataFrame,
    *,
    profile: Publication,
    breakdowns: Mapping[str, int] = SENSITIVE_GROUPS,
    published: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Add `quality` and `reason` to estimates and empty the rows that may not be shown.

    Parameters
    ----------
    frame : DataFrame
        Estimates. Give all that a report will show in one call: a total and its parts protect each other
        only where both are seen. A column `sensitivity` (0 to 3) wins over the catalogue's; an indicator that
        neither knows counts as sensitive.
    profile : Publication
        `params.publication`.
    breakdowns : mapping
        Sensitivity of a breakdown by its name.
    published : DataFrame, optional
        Rows of the same survey that are already out: they stay as they are and the new ones give way.

    Returns
    -------
    DataFrame
        A copy with `quality` (ok, caution, suppressed, not_asked) and `reason`, in codes that
        `reasons.reason_text` says. A suppressed row loses its estimate, se, interval, n_yes, deff and
        tests; n stays. Small cells and the cells hidden for them have one reason, so that it does not tell
        which is which.

    Raises
    ------
    DataError
        Columns are missing.

    Notes
    -----
    Shares with a 95 % width >= 0.30, or > 0.05 and more than 130 % of the share, or an effective n under 30
    are hidden; df < 8, 0 % and 100 % are marked. A yes or no count from 1 to ``min_cell - 1`` is hidden, and
    100 % of a sensitive item. Other statistics of a hidden domain, and its differences, are hidden with it.

    Examples
    --------
    >>> import pandas as pd
    >>> from digicit_lib.params import Publication
    >>> rows = pd.DataFrame({"indicator": "ACC-03", "by": "gender", "level": ["girl", "boy"], "n": [400, 20],
    ...     "statistic": "share", "category": "", "period": "", "estimate": [0.5, 0.5], "se": [0.02, 0.1],
    ...     "ci_low": [0.46, 0.3], "ci_high": [0.54, 0.7], "df": 40, "n_yes": [200, 10]})
    >>> apply(rows, profile=Publication())[["level", "quality", "reason"]].values.tolist()
    [['girl', 'ok', ''], ['boy', 'suppressed', 'few_answers?n=25']]
    """
    import pandas as pd

    work = _judged(_working(frame, profile, breakdowns), profile)
    if published is not None:
        # Counts of one indicator add up, never those of two.
        related = published[published["indicator"].isin(frame["indicator"])]
        earlier = _as_published(_working(related, profile, breakdowns))
        work = pd.concat([work, earlier], ignore_index=True)
    counts = Counts(work)
    for sums in systems(work):
        if not all(counts.fixed[row] for s in sums for row in s.signs):
            protect(counts, sums)
    work["private"] = counts.private
    _follow(work)
    return _written(frame, work.iloc[: len(frame)])


def audit(
    frame: pd.DataFrame, *, profile: Publication, breakdowns: Mapping[str, int] = SENSITIVE_GROUPS
) -> pd.DataFrame:
    """What a reader who takes every visible unweighted count can learn of those hidden for privacy.

    Parameters
    ----------
    frame : DataFrame
        What `apply` returned.
    profile, breakdowns
        As for `apply`.

    Returns
    -------
    DataFrame
        One row a hidden count: indicator, by, level, category, period; low and high, the least and the most
        that it can be (linear programmes over all published sums); needed, the width it must keep: the
        minimum cell, or n where fewer were asked; safe.

    Examples
    --------
    >>> import pandas as pd
    >>> from digicit_lib.params import Publication
    >>> rows = pd.DataFrame({"indicator": "ACC-03", "by": ["", "gender", "gender"], "statistic": "share",
    ...     "level": ["", "girl", "boy"], "category": "", "period": "", "n": [800, 400, 400], "estimate": 0.1,
    ...     "n_yes": [60, None, 57], "quality": ["ok", "suppressed", "ok"], "reason": ["", "privacy", ""]})
    >>> audit(rows, profile=Publication())[["level", "low", "high", "safe"]].values.tolist()
    [['girl', 3.0, 3.0, False]]
    """
    import pandas as pd

    work = _as_published(_working(frame, profile, breakdowns))
    hidden = work[work["private"]]
    found = {i: (0.0, n) for i, n in hidden["n"].items()}
    counts = Counts(work)
    for attack in (Attack(counts, sums) for sums in systems(work)):
        found |= {i: (attack.end(i, 1), attack.end(i, -1)) for i in attack.hidden if i in found}
    low, high = np.array(list(found.values())).reshape(-1, 2).T
    needed = np.minimum(hidden["cell"], hidden["n"])
    result = hidden[["indicator", "by", "level", "category", "period"]].assign(
        low=low, high=high, needed=needed, safe=high - low >= needed - 1e-6
    )
    return pd.DataFrame(result).reset_index(drop=True)


def describe(profile: Publication, language: str = "en") -> str:
    """The rules in force, in one sentence for the foot of a table.

    Examples
    --------
    >>> from digicit_lib.params import Publication
    >>> describe(Publication())[:62]
    'Not shown: fewer than 25 answers; a share whose 95% interval i'
    """
    text = N_(
        "Not shown: fewer than {base} answers; a share whose 95% interval is 30 points wide or more, or "
        "wider than 5 points and than 1.3 times the share, or whose effective sample is under 30; fewer than "
        "{cell} children ({sensitive} on sensitive topics) behind the yes or the no, and numbers that would "
        "give those back. Marked: fewer than {caution} answers, under 8 degrees of freedom, 0% or 100%."
    )
    limits = {"base": profile.min_base, "caution": profile.caution_base, "cell": profile.min_cell}
    return translate(text, language, **limits, sensitive=profile.min_cell_sensitive)


# --- judging rows one by one ------------------------------------------------------------------------


def _working(frame: pd.DataFrame, profile: Publication, breakdowns: Mapping[str, int]) -> pd.DataFrame:
    """The columns that decide, as plain text and numbers, with the minimum cell of each row."""
    import pandas as pd

    missing = [name for name in (*_NAMES[:4], "estimate", "n") if name not in frame]
    if missing:
        raise DataError("Estimates lack columns.", got=", ".join(map(str, frame)), allowed=", ".join(missing))
    texts = {n: frame[n].astype(str).to_numpy() if n in frame else "" for n in (*_NAMES, "quality", "reason")}
    numbers = {n: pd.to_numeric(frame[n]).to_numpy(float) if n in frame else np.nan for n in _NUMBERS}
    work = pd.DataFrame(texts | numbers, index=range(len(frame)))
    work["n_yes"] = work["n_yes"].fillna((work["n"] * work["estimate"]).where(work["statistic"].isin(SHARES)))
    sensitive = _sensitivity(work, frame, breakdowns) >= SENSITIVE
    work["cell"] = np.where(sensitive, profile.min_cell_sensitive, profile.min_cell).astype(float)
    work["sensitive"] = sensitive
    return work


def _sensitivity(work: pd.DataFrame, frame: pd.DataFrame, breakdowns: Mapping[str, int]) -> np.ndarray:
    known = catalogue()
    if "sensitivity" in frame:
        own = frame["sensitivity"].to_numpy(float)
    else:
        plain = {name: split_id(name)[0] for name in work["indicator"].unique()}
        classes = {n: known[p].sensitivity if p in known else SENSITIVE for n, p in plain.items()}
        own = work["indicator"].map(classes).to_numpy(float)
    groups = {by: max(breakdowns.get(part, 0) for part in by.split(",")) for by in work["by"].unique()}
    return np.maximum(own, work["by"].map(groups).to_numpy(float))


def _judged(work: pd.DataFrame, profile: Publication) -> pd.DataFrame:
    """Each row on its own: `absent`, `weak` (reliability hides it), `mark` (caution), `private`."""
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
    few = (yes > 0) & (yes < work["cell"]) | (n - yes > 0) & (n - yes < work["cell"])
    return work.assign(
        absent=(work["quality"] == "not_asked") | (n == 0),
        weak=np.select(list(hide.values()), list(hide), ""),
        mark=np.select(list(mark.values()), list(mark), ""),
        private=share & (n > 0) & (few | work["sensitive"] & (yes == n)),
        fixed=False,
    )


def _width(work: pd.DataFrame) -> pd.Series:
    """Width of the interval, stretched to 95 % where it was made for another level."""
    from scipy.stats import norm

    level = work["confidence_level"].fillna(0.95)
    return (work["ci_high"] - work["ci_low"]) * norm.ppf(0.975) / norm.ppf(0.5 + level / 2)


def _effective(work: pd.DataFrame) -> pd.Series:
    """n, or the simple random sample with the same standard error where that is smaller."""
    p, variance = work["estimate"], work["se"] ** 2
    inside = (p > 0) & (p < 1) & (variance > 0)
    return work["n"].where(~inside, np.minimum(work["n"], p * (1 - p) / variance.where(variance > 0)))


def _as_published(work: pd.DataFrame) -> pd.DataFrame:
    hidden = work["quality"] == "suppressed"
    private = hidden & work["reason"].str.contains(_PRIVATE)
    weak = np.where(hidden & ~private, work["reason"] + " ", "")
    absent = work["quality"] == "not_asked"
    return work.assign(absent=absent, weak=weak, mark="", private=private, fixed=True)


# --- what follows from hiding -----------------------------------------------------------------------


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame, their columns as attributes: `itertuples` without a new class each time."""
    columns = (frame.iloc[:, k].tolist() for k in range(frame.shape[1]))
    return map(_record(tuple(map(str, frame)))._make, zip(frame.index, *columns, strict=True))


@lru_cache
def _record(names: tuple[str, ...]) -> Any:
    return namedtuple("Record", ("Index", *names), rename=True)  # type: ignore[misc]


def _follow(work: pd.DataFrame) -> None:
    """Totals, ratios and differences of a hidden domain would give its share back."""
    hidden: dict[tuple[str, ...], dict[str, bool]] = defaultdict(dict)
    shown = work[unknown_in(work) & (work["statistic"] != "diff")]
    for row in records(shown[[*_NAMES, "private"]]):
        hidden[row.indicator, row.category, row.by, row.period][row.level] = bool(row.private)
    open_ = ~unknown_in(work) & ~work["absent"] & ~work["fixed"]
    for row in records(work.loc[open_, list(_NAMES)]):
        levels = hidden.get((row.indicator, row.category, row.by, row.period), {})
        if row.statistic == "diff":
            ends = [a for a in levels if row.level.startswith(f"{a}-") or row.level.endswith(f"-{a}")]
        else:
            ends = [row.level] if row.level in levels else []
        if ends and any(levels[a] for a in ends):
            work.at[row.Index, "private"] = True
        elif ends:
            work.at[row.Index, "weak"] = "from_hidden"


def _written(frame: pd.DataFrame, work: pd.DataFrame) -> pd.DataFrame:
    """A copy of the frame with the verdicts in it and the hidden numbers out of it."""
    private = work["cell"].astype(int).map(lambda n: code("privacy", n=n))
    hide = work["weak"].where(~work["private"], (work["weak"] + ";").where(work["weak"] != "", "") + private)
    absent = work["reason"].where(work["reason"] != "", "nobody_answered")
    flags = [work["absent"], hide != "", work["mark"] != ""]
    result = frame.copy()
    result["quality"] = np.select(flags, ["not_asked", "suppressed", "caution"], "ok")
    result["reason"] = np.select(flags, [absent, hide, work["mark"]], "")
    gone = result["quality"].isin(HIDDEN).to_numpy()
    for name in GIVES_BACK:
        if name in result:
            result[name] = result[name].astype(float).mask(gone)
    if "verdict" in result:
        result["verdict"] = result["verdict"].mask(gone, "")
    return result
