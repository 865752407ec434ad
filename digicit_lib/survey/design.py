"""The sample design: who was drawn how, checked once, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias, TypedDict

import numpy as np
import pandas as pd

from digicit_lib.errors import DesignError
from digicit_lib.language import N_, each, number, translate
from digicit_lib.survey.columns import aligned, column, one_of
from digicit_lib.survey.replicates import KEYS, METHODS, given_weights, paired_weights, replicate_factors
from digicit_lib.survey.variance import Calibration, Floats, Ints, Replication, Taylor

Column: TypeAlias = "str | Sequence[str] | np.ndarray | pd.Series | None"
Lonely = Literal["fail", "adjust", "average", "certainty"]
LONELY = ("fail", "adjust", "average", "certainty")


@dataclass(frozen=True, eq=False)
class SurveyDesign:
    """A frame of respondents with its sample design.

    Parameters
    ----------
    frame : DataFrame
        One row a respondent, the whole file: a domain is named in each call, never cut out beforehand.
    weight : str, Series or array
        Column or values; zero is allowed, missing and negative are not. Here and below a Series has the
        index of the frame, in its order, and an array goes by position.
    strata, psu : str, list of str or array, optional
        Without PSUs each row is its own; without strata there is one.
    fpc : str or array, optional
        Population count of PSUs in the stratum, or the sampled fraction where all values are at most 1.
    ssu, ssu_fpc : str or array, optional
        Second stage within PSUs, with its population count or fraction; used together with `fpc`.
    replicates : mapping, optional
        ``{"method": "BRR" | "Fay" | "JK1" | "JK2" | "JKn" | "bootstrap", "weights": ...}`` with, optionally,
        `fay`, `scale`, `rscales` and `mse` (default True: around the full-sample estimate). `weights` names
        columns: a list, ``"W_FSTURWT{1..80}"``, or ``"W_FSTR*"``; or is an array, rows by replicates. They
        replace Taylor linearisation; strata and PSUs then only count degrees of freedom. JK2 without
        `weights` makes them from the two PSUs of each stratum (`paired_weights`), with `both` each in turn.
    nest : bool
        PSU labels start again in each stratum.
    lonely : {"fail", "adjust", "average", "certainty"}
        A stratum with one PSU: an error; centred at the grand mean; the mean of the other strata; no
        contribution.
    lonely_domain : bool
        Treat a stratum that a domain leaves with one PSU in the way of "adjust" as well.
    unweighted : bool
        The file has no weights: every row counts one, and every table says so.

    Raises
    ------
    DesignError
        A column that is absent, or a design that cannot carry an estimate; with the remedies.

    Examples
    --------
    >>> frame = pd.DataFrame({"w": [1.0, 2, 1, 2], "s": [1, 1, 2, 2], "p": [1, 2, 3, 4], "y": [1.0, 0, 1, 1]})
    >>> design = SurveyDesign(frame, weight="w", strata="s", psu="p")
    >>> design
    SurveyDesign(n=4, strata=2, psus=4, df=2, deff of weighting 1.11, Taylor)
    """

    frame: pd.DataFrame
    weight: Column = None
    strata: Column = None
    psu: Column = None
    fpc: Column = None
    ssu: Column = None
    ssu_fpc: Column = None
    replicates: Mapping[str, Any] | None = None
    nest: bool = False
    lonely: Lonely = "fail"
    lonely_domain: bool = False
    unweighted: bool = False
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        if not len(self.frame):
            raise DesignError("The data frame has no rows.")
        one_of(self.lonely, LONELY, "Unknown rule for lonely PSUs.", "lonely", DesignError)
        if self.weight is not None and self.unweighted:
            raise DesignError("A weight is named and unweighted is set.", next="drop one of the two")
        _ = self.weights
        if self.replicates is not None:
            _ = self.variance
        elif self.taylor.singles.any() and self.lonely == "fail":
            what = "A stratum has only one PSU, so its variance cannot be estimated."
            got = f"{int(self.taylor.singles.sum())} such strata of {len(self.taylor.psus)}"
            hint = 'merge it with a neighbour, or choose lonely="adjust", "average" or "certainty"'
            raise DesignError(what, where="strata", got=got, next=hint)

    def __repr__(self) -> str:
        """What was drawn, never who: a notebook prints an object by its repr."""
        facts = self.report()
        deff = "" if self.unweighted else f"deff of weighting {facts['kish_deff']:.2f}, "
        counts = f"n={facts['n']}, strata={facts['strata']}, psus={facts['psus']}, df={facts['df']}"
        return f"SurveyDesign({counts}, {deff}{self.method})"

    def column(self, role: str, source: Column) -> pd.Series:
        """Values of a design column, by name or as given; complete, in the order of the frame."""
        if isinstance(source, str):
            what = "The design names a column that the data lack."
            values = column(self.frame, source, what, role, DesignError)
        else:
            values = pd.Series(aligned(source, self.frame, role))
        empty = int(values.isna().sum())
        if empty:
            got = f"{empty} of {len(values)} rows"
            hint = "complete them, or leave those rows out of the file and say so"
            raise DesignError("A design column has missing values.", where=role, got=got, next=hint)
        return values.reset_index(drop=True)

    def _numbers(self, role: str, source: Column) -> Floats:
        values = pd.to_numeric(self.column(role, source), errors="coerce").to_numpy(dtype=float)
        with np.errstate(over="ignore"):  # numbers whose squares have no end are none either
            bad = int((~np.isfinite(values**2 * len(values))).sum()), int((values < 0).sum())
        for count, what in zip(bad, ("not finite numbers", "negative"), strict=True):
            if count:
                raise DesignError(f"Values of the design are {what}.", where=role, got=f"{count} rows")
        return values

    def _labels(self, role: str, source: Column) -> Ints:
        """Codes of one or several label columns, in sorted order."""
        names = [source] if isinstance(source, str) or not isinstance(source, (list, tuple)) else list(source)
        codes = np.zeros(len(self.frame), dtype=np.int64)
        for name in names:
            part, levels = pd.factorize(self._cleaned(role, name), sort=True)
            codes = pd.factorize(codes * (len(levels) + 1) + part, sort=True)[0]
        return codes

    def _cleaned(self, role: str, source: Column) -> pd.Series:
        """Labels without the blanks around them: "1 " and "1" are one stratum."""
        values = self.column(role, source)
        if pd.api.types.is_numeric_dtype(values.dtype):
            return values
        codes, labels = pd.factorize(values)
        bare = np.array([x.strip() if isinstance(x, str) else x for x in labels], dtype=object)
        empty = int(np.isin(codes, np.flatnonzero(bare == "")).sum())
        if empty:
            raise DesignError("A design column has missing values.", where=role, got=f"{empty} rows")
        return pd.Series(bare[codes])

    @cached_property
    def weights(self) -> Floats:
        """Sampling weights."""
        if self.unweighted:
            return np.ones(len(self.frame))
        if self.weight is None:
            raise DesignError(
                "The design has no weights.", next="name the weight column, or say unweighted=True"
            )
        values = self._numbers("weight", self.weight)
        if not values.any():
            raise DesignError("All weights are zero.", where="weight", got=f"{len(values)} rows")
        return values

    @cached_property
    def taylor(self) -> Taylor:
        """Units, PSUs and strata as codes."""
        rows = len(self.frame)
        stratum = (
            np.zeros(rows, dtype=np.int64) if self.strata is None else self._labels("strata", self.strata)
        )
        label = np.arange(rows) if self.psu is None else self._labels("psu", self.psu)
        psu = pd.factorize(stratum * (label.max() + 1) + label, sort=True)[0]
        psu_stratum = _of(psu, stratum)
        if not self.nest and len(psu_stratum) != label.max() + 1:
            got = f"{len(psu_stratum) - label.max() - 1} more PSUs than labels"
            hint = "nest=True (in a file `nest: true`) if labels start again in each stratum"
            raise DesignError("PSU labels occur in more than one stratum.", where="psu", got=got, next=hint)
        fraction = self._fraction("fpc", self.fpc, stratum, np.bincount(psu_stratum))
        if self.ssu is None or self.ssu_fpc is None or self.fpc is None:
            return self._taylor(psu, np.arange(len(psu_stratum)), psu_stratum, fraction)
        second = self._labels("ssu", self.ssu)
        unit = pd.factorize(psu * (second.max() + 1) + second, sort=True)[0]
        unit_psu = _of(unit, psu)
        inner = self._fraction("ssu_fpc", self.ssu_fpc, psu, np.bincount(unit_psu))
        return self._taylor(unit, unit_psu, psu_stratum, fraction, inner)

    def _taylor(self, a: Ints, b: Ints, c: Ints, first: Floats, second: Floats | None = None) -> Taylor:
        return Taylor(a, b, c, first, second, self.lonely, self.lonely_domain)

    def _fraction(self, role: str, source: Column, cluster: Ints, count: Ints) -> Floats:
        """Sampled fraction by cluster; counts and fractions are told apart by their size."""
        if source is None:
            return np.zeros(len(count))
        values = self._numbers(role, source)
        totals = _of(cluster, values)
        if not np.allclose(totals[cluster], values, rtol=1e-9):
            raise DesignError("The population count differs within a stratum or PSU.", where=role)
        fraction = totals if values.max() <= 1 else count / np.maximum(totals, 1e-300)
        if beyond := int((fraction > 1 + 1e-9).sum()):
            got = f"{beyond} strata or PSUs"
            raise DesignError("The population count is smaller than the sample.", where=role, got=got)
        return np.minimum(fraction, 1.0)

    @cached_property
    def variance(self) -> Taylor | Replication:
        """How covariances are estimated."""
        return self.taylor if self.replicates is None else self._replication(dict(self.replicates))

    def _replication(self, facts: dict[str, Any]) -> Replication:
        for key in facts:
            one_of(key, KEYS, "Unknown key.", "replicates", DesignError)
        method, fay = str(facts.get("method")), float(facts.get("fay") or 0.0)
        one_of(method, METHODS, "Unknown method.", "replicates", DesignError)
        if method == "JK2" and facts.get("weights") is None:
            weights = paired_weights(self.weights, self.taylor, both=bool(facts.get("both")))
        else:
            weights = given_weights(self.frame, facts.get("weights"))
        count = weights.shape[1]
        name = f"BRR-Fay {fay:g}" if fay and method in ("BRR", "Fay") else method
        mse = bool(facts.get("mse", True))
        return Replication(weights, replicate_factors(facts, count), mse, f"{name} ({count})")

    @property
    def counted(self) -> bool:
        """Whether PSUs are known; with replicate weights alone they are not."""
        return self.replicates is None or self.psu is not None

    @property
    def plain(self) -> bool:
        """One-stage linearisation with nothing special about it: variances then need only who is present."""
        special = self.lonely in ("adjust", "average") or self.lonely_domain or self.calibration is not None
        return self.replicates is None and not special and self.taylor.unit_fraction is None

    @property
    def units(self) -> Ints:
        """Finest variance unit of each row; one for all where only replicate weights are known."""
        return self.taylor.unit if self.counted else np.zeros(len(self.frame), dtype=np.int64)

    @cached_property
    def df(self) -> int:
        """Degrees of freedom of the full design: PSUs less strata, or the rank of the replicates less one."""
        if isinstance(self.variance, Replication):
            return self.variance.rank() - 1
        weighted = self.weights > 0
        psu = np.unique(self.taylor.unit_psu[self.taylor.unit[weighted]])
        return len(psu) - len(np.unique(self.taylor.psu_stratum[psu]))

    @cached_property
    def method(self) -> str:
        """How standard errors are made, for a table's note."""
        name = self.variance.name if isinstance(self.variance, Replication) else N_("Taylor")
        marks = (N_("calibrated"), self.calibration is not None), (N_("unweighted"), self.unweighted)
        return ", ".join([name, *(mark for mark, holds in marks if holds)])

    def report(self, language: str = "en") -> dict[str, Any]:
        """Facts of the design for a report.

        Parameters
        ----------
        language : str
            Of the sentence; the facts have none.

        Returns
        -------
        dict
            `n`, `strata`, `psus`, `df`, `sum_w`, `kish_deff` (n Σw² / (Σw)², Kish 1965), `method` and
            `design`, one sentence of them.
        """
        w, taylor = self.weights, self.taylor
        facts = {
            "n": len(w),
            "strata": len(taylor.psus),
            "psus": len(taylor.psu_stratum),
            "df": self.df,
            "sum_w": float(w.sum()),
            "kish_deff": float(len(w) * (w**2).sum() / w.sum() ** 2),
            "method": self.method,
        }
        facts["design"] = self._sentence(facts, language)
        return facts

    def _sentence(self, facts: Mapping[str, Any], language: str) -> str:
        n, psus, strata = (number(facts[key], language) for key in ("n", "psus", "strata"))
        sample, weights = translate("no clusters known", language), translate("unweighted", language)
        if self.psu is not None:
            stages = N_("{psus} PSUs in {strata} strata") if self.strata is not None else N_("{psus} PSUs")
            sample = translate(stages, language, psus=psus, strata=strata)
        method = self.method.removesuffix(", unweighted")  # which the sentence says itself
        if not self.unweighted:
            deff = number(facts["kish_deff"], language, 2)
            weights = translate("design effect of weighting {deff} (Kish)", language, deff=deff)
        parts = {"n": n, "sample": sample, "method": each(method, language), "weights": weights}
        whole = N_("{n} respondents, {sample}; {method} standard errors; {weights}")
        return translate(whole, language, **parts)


def _of(code: Ints, values: np.ndarray) -> np.ndarray:
    """The value that each code carries, taken from its first row."""
    first = np.unique(code, return_index=True)[1]
    return values[first]


class Drawn(TypedDict, total=False):
    """How a plain frame was drawn, said in one call: names of columns, or values."""

    weights: Column
    strata: Column
    psu: Column


def designed(data: SurveyDesign | pd.DataFrame, sampling: Mapping[str, Any]) -> SurveyDesign:
    """The design of an estimator's data: a plain frame needs `weights=` and takes `strata=`, `psu=`.

    Raises
    ------
    DesignError
        Something else than a design or a frame; a design that is given weights once more; an unknown word.

    Examples
    --------
    >>> designed(pd.DataFrame({"w": [1.0, 2.0]}), {"weights": "w"})
    SurveyDesign(n=2, strata=1, psus=2, df=1, deff of weighting 1.11, Taylor)
    """
    for word in sampling:
        one_of(word, Drawn.__annotations__, "Unknown argument.", error=DesignError)
    if isinstance(data, SurveyDesign):
        if sampling:
            raise DesignError("A design has its weights, strata and PSUs already.", got=", ".join(sampling))
        return data
    if not isinstance(data, pd.DataFrame):
        allowed = "a SurveyDesign, or a DataFrame with weights="
        raise DesignError("Estimates need data.", got=type(data).__name__, allowed=allowed)
    weights = sampling.get("weights")
    if weights is None:
        hint = 'weights="the column", or SurveyDesign(frame, unweighted=True), which says so in every table'
        raise DesignError("The data have no weights.", got="a DataFrame alone", next=hint)
    return SurveyDesign(data, weight=weights, strata=sampling.get("strata"), psu=sampling.get("psu"))
