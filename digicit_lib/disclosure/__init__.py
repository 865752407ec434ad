"""When a number may be shown: reliability and privacy, two questions with separate reasons.

Reliability asks whether the number is good enough (MICS base rule, then the NCHS width rule of 2017; the
stricter wins). Privacy asks whether it tells something about a few children (minimum cell), and whether what
stays visible gives a hidden count back (complementary suppression, decided by linear programming).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from digicit_lib.disclosure.additions import SHARES, systems
from digicit_lib.disclosure.attack import Attack, HiddenCounts, equations, may_be_printed, protect
from digicit_lib.disclosure.following import (
    derived,
    few_between,
    filters,
    follow,
    hide_bases,
    hide_between,
    untold,
)
from digicit_lib.disclosure.judging import as_published, judged, working
from digicit_lib.language import N_, translate
from digicit_lib.language.codes import code

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.params import Publication

# Groups that are sensitive whatever is asked of them.
SENSITIVE_GROUPS = {"displaced": 3, "displacement": 3, "ethnic_origin": 3, "ethnicity": 3}
# Of a row whose base may not be told; each is, or bounds, a number of children.
COUNTS_CHILDREN = ("n", "n_psu", "df", "missing_share", "sum_w")
HIDDEN = ("suppressed", "not_asked")
# Of an indicator with a hidden count, where a number with all its digits is one more equation: the standard
# error of a total tells how a stratum shares it. Decimals, as printed; significant figures.
DECIMALS = {
    "estimate": 3,
    "se": 3,
    "ci_low": 3,
    "ci_high": 3,
    "sim_low": 3,
    "sim_high": 3,
    "bound_low": 3,
    "bound_high": 3,
    "deff": 1,
    "t": 1,
}
FIGURES = ("p_value", "p_adjusted")
GIVES_BACK = (*DECIMALS, *FIGURES, "n_yes")
TESTS = ("association", "odds", "hedges_g")  # each is an equation over all cells of its table


def apply(
    frame: pd.DataFrame,
    *,
    profile: Publication,
    breakdowns: Mapping[str, int] = SENSITIVE_GROUPS,
    published: pd.DataFrame | None = None,
    bases: Mapping[str, Sequence[str]] | None = None,
    within: Sequence[tuple[str, str]] = (),
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
    bases : mapping, optional
        Indicator to those whose yes let a child be asked it; the catalogue's when not given.
    within : sequence of pairs
        Indicators that count answers of one column, the first some of the second's: `following.nested`.

    Returns
    -------
    DataFrame
        A copy with `quality` (ok, caution, suppressed, not_asked) and `reason`, in codes that
        `reasons.reason_text` says. A suppressed row loses its estimate, se, interval, n_yes, deff and tests,
        and its n where that is under the smallest base or counts a hidden yes. Small cells and the cells
        hidden for them have one reason, so that it does not tell which is which. What stays of an indicator
        with a count hidden for privacy has the digits that are printed: with all of them, standard errors
        (by strata) and shares (by classes of weights) are equations that a few whole numbers solve.

    Raises
    ------
    DataError
        Columns are missing.

    Notes
    -----
    Shares with a 95 % width >= 0.30, or > 0.05 and more than 130 % of the share, or an effective n under 30
    are hidden; df < 8, 0 % and 100 % are marked. A yes or no count from 1 to ``min_cell - 1`` is hidden, and
    100 % of a sensitive item. Other statistics of a hidden domain, and its differences, are hidden with it.
    A question that only those with a yes to another were asked is hidden, base and all, wherever that yes
    is: its base is that count.

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

    work = judged(working(frame, profile, breakdowns), profile)
    if bases is None:
        there = [frame["indicator"]] + ([] if published is None else [published["indicator"]])
        bases = filters(set().union(*map(set, there)))
    if published is not None:
        # Counts of one indicator add up, never those of two.
        asked_of = {name for names in (*bases.values(), *within) for name in names}
        related = published[published["indicator"].isin({*frame["indicator"], *asked_of})]
        earlier = as_published(working(related, profile, breakdowns))
        work = pd.concat([work, earlier], ignore_index=True)
    hide_between(work, within)
    _protected(work, bases)
    follow(work)
    hiding = set(work.loc[work["private"], "indicator"])
    return _written(frame, work.iloc[: len(frame)], profile, hiding)


def audit(
    frame: pd.DataFrame,
    *,
    profile: Publication,
    breakdowns: Mapping[str, int] = SENSITIVE_GROUPS,
    bases: Mapping[str, Sequence[str]] | None = None,
    within: Sequence[tuple[str, str]] = (),
) -> pd.DataFrame:
    """What a reader who takes every visible unweighted count can learn of those hidden for privacy.

    Parameters
    ----------
    frame : DataFrame
        What `apply` returned.
    profile, breakdowns, bases, within
        As for `apply`.

    Returns
    -------
    DataFrame
        One row a hidden count, and one where two open counts of a column leave a few between them: indicator,
        statistic, by, level, category, period; low and high, the least and the most that it can be (linear
        programmes over all published sums); needed, the width it must keep: the minimum cell, or n where
        fewer were asked; safe (none at all is, and what can only be one of several counts that may be
        printed; what has sums that nobody can solve is not, and its low and high are no numbers); equations,
        the sums that it stands in. A test, an
        odds ratio or an effect size of its indicator is an equation over its whole table: none is safe.

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

    work = as_published(working(frame, profile, breakdowns))
    withheld = work[work["private"] & work["statistic"].isin(SHARES)]
    limits = {i: (0.0, n) for i, n in withheld["n"].items()}
    counts, told = HiddenCounts(work), dict.fromkeys(limits, "")
    names = set(work["indicator"])
    for sums in systems(work, filters(names) if bases is None else bases, derived(names)):
        attack = Attack(counts, sums)
        limits |= {i: (attack.end(i, 1), attack.end(i, -1)) for i in attack.hidden if i in limits}
        told |= {i: equations(work, counts, sums, i) for i in attack.hidden if i in limits}
    low, high = np.array(list(limits.values())).reshape(-1, 2).T
    least = np.minimum(withheld["cell"], withheld["n"])
    out = work[work["statistic"].isin(TESTS) & (work["quality"] != "suppressed")]
    solved = {r.indicator: f"; {r.statistic} {r.by or r.category} = {r.estimate:g}" for r in out.itertuples()}
    texts = [told[i] + solved.get(name, "") for i, name in withheld["indicator"].items()]
    # None at all may be printed, and so may be known; of a base that is not told nobody counts the no.
    n = withheld["n"].where(withheld["told"], np.inf)
    wide = (high - low >= least - 1e-6) | may_be_printed(low, high, n, withheld["cell"])
    safe = (wide | (high < 0.5)) & ~withheld["indicator"].isin(solved)
    result = withheld[["indicator", "statistic", "by", "level", "category", "period"]].assign(
        low=low, high=high, needed=least, safe=safe, equations=texts
    )
    return pd.concat([result, *map(_told_between, few_between(work, within))], ignore_index=True)


def _told_between(both: pd.DataFrame) -> pd.DataFrame:
    """The few answers that lie between two open counts of one column, as rows of `audit`."""
    facts = both[["indicator", "statistic", "by", "level", "category", "period"]]
    ends = both[["between", "between", "cell"]].set_axis(["low", "high", "needed"], axis=1)
    names = both[["indicator_more", "indicator", "between"]].itertuples(index=False)
    equations = [f"{more} - {less} = {few:g}" for more, less, few in names]
    return facts.join(ends).assign(safe=False, equations=equations)


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
        "{cell} people ({sensitive} on sensitive topics) behind the yes or the no, and numbers that would "
        "give those back. Marked: fewer than {caution} answers, under 8 degrees of freedom, 0% or 100%."
    )
    limits = {"base": profile.min_base, "caution": profile.caution_base, "cell": profile.min_cell}
    return translate(text, language, **limits, sensitive=profile.min_cell_sensitive)


def _protected(work: pd.DataFrame, bases: Mapping[str, Sequence[str]]) -> None:
    """Hide what gives small counts back, filters before those that were asked because of them."""
    work["base_hidden"] = False
    waiting = set(work["indicator"])
    recipes = derived(waiting)
    while waiting:
        now = {name for name in waiting if not waiting & set(bases.get(name, ())) - {name}} or waiting
        hiding = set(work.loc[work["private"], "indicator"])
        for name in sorted(n for n in now & bases.keys() if hiding & set(bases[n])):
            hide_bases(work, name, bases[name])
        counts = HiddenCounts(work)
        for sums in systems(work, bases, recipes, now):
            if not all(counts.fixed[row] for s in sums for row in s.signs):
                protect(counts, sums)
        work["private"] = counts.private
        waiting -= now


def _written(
    frame: pd.DataFrame, work: pd.DataFrame, profile: Publication, hiding: Collection[str]
) -> pd.DataFrame:
    """A copy of the frame with the verdicts in it and the hidden numbers out of it."""
    cells = {n: code("privacy", n=int(n)) for n in work["cell"].unique()}
    private = work["cell"].map(cells).astype(str)  # of no rows, too
    # How precise a count is that nobody may know would tell how large it is; a small base tells nothing.
    few = (work["weak"] + ";").where(work["weak"].str.startswith("few_answers"), "")
    hide = work["weak"].where(~work["private"], few + private)
    absent = work["reason"].where(work["reason"] != "", "nobody_answered")
    flags = [work["absent"], hide != "", work["mark"] != ""]
    result = frame.copy()
    result["quality"] = np.select(flags, ["not_asked", "suppressed", "caution"], "ok")
    result["reason"] = np.select(flags, [absent, hide, work["mark"]], "")
    blank = result["quality"].isin(HIDDEN).to_numpy()
    for name in GIVES_BACK:
        if name in result:
            result[name] = result[name].astype(float).mask(blank)
    _round(result, work, work["indicator"].isin(hiding) & work["statistic"].isin((*SHARES, "diff")))
    unsaid = untold(work, profile).to_numpy()
    for name in COUNTS_CHILDREN:
        if name in result:
            result[name] = result[name].astype(float).mask(unsaid)
    if "verdict" in result:
        result["verdict"] = result["verdict"].mask(blank, "")
    return result


def _round(result: pd.DataFrame, work: pd.DataFrame, rows: pd.Series) -> None:
    """Digits as printed, in some rows; a share of plain counts tells these anyway."""
    plain = (work["estimate"] - work["n_yes"] / work["n"]).abs() < 1e-9
    for name in (n for n in (*DECIMALS, *FIGURES) if n in result):
        digits = f".{DECIMALS[name]}f" if name in DECIMALS else ".2g"
        here = (rows & ~plain if name == "estimate" else rows).to_numpy()
        values = result[name].to_numpy(float, copy=True)
        values[here] = [float(format(x, digits)) for x in values[here]]
        result[name] = values
