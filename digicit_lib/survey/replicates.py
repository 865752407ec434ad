"""Replicate weights: those that a file carries, and those that are made from pairs of clusters."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.errors import DesignError
from digicit_lib.survey.columns import aligned
from digicit_lib.survey.variance import Floats, Taylor

METHODS = ("BRR", "Fay", "JK1", "JK2", "JKn", "bootstrap")
KEYS = ("method", "weights", "fay", "scale", "rscales", "mse", "both")


def given_weights(frame: pd.DataFrame, source: Any) -> Floats:
    """Replicate weights of the file (rows by replicates): columns by name, or an array.

    Parameters
    ----------
    frame : DataFrame
        The respondents.
    source : str, list of str, array or DataFrame
        ``"W_FSTURWT{1..80}"``, ``"W_FSTR*"``, a list of columns, or values.

    Raises
    ------
    DesignError
        Columns that are not there, another number of rows, missing values.
    """
    if isinstance(source, np.ndarray | pd.DataFrame):
        values = np.asarray(aligned(source, frame, "replicates"), dtype=float)
    else:
        values = frame[_columns(frame, source)].to_numpy(float)
    if values.ndim != 2 or values.shape[1] < 2:
        what = "Replicate weights are not rows by replicates."
        raise DesignError(what, where="replicates", got=str(values.shape))
    if not np.isfinite(values).all():
        raise DesignError("Replicate weights have missing values.", where="replicates")
    return np.ascontiguousarray(values)


def _columns(frame: pd.DataFrame, source: Any) -> list[str]:
    """Names behind `W_{1..80}`, `W_*` or a list."""
    columns = [str(c) for c in frame.columns]
    if not isinstance(source, str):
        names = [str(c) for c in source or ()]
    elif span := re.fullmatch(r"(.*)\{(\d{1,4})\.\.(\d{1,4})\}(.*)", source):
        names = [f"{span[1]}{i}{span[4]}" for i in range(int(span[2]), int(span[3]) + 1)]
    else:
        stem = source.rstrip("*")
        numbered = [c for c in columns if c.startswith(stem) and c[len(stem) :].isdigit()]
        names = sorted(numbered, key=lambda c: int(c[len(stem) :]))
    absent = [c for c in names if c not in columns]
    if absent or not names:
        what = "The design names replicate weights that the data lack."
        raise DesignError(what, where="replicates", got=absent[0] if absent else str(source))
    return names


def paired_weights(weights: Floats, taylor: Taylor, *, both: bool) -> Floats:
    """Jackknife weights of pairs (JK2): in each zone one cluster is left out, the other counts twice.

    Replicate h gives the cluster with the later label (JKREP = 1) of zone h the weight 2w, the other 0, and
    everyone else w. Then ``var = sum_h (t_h - t)**2``: TIMSS and PIRLS up to 2011, ICILS, ICCS. With `both`
    each cluster is left out in turn and ``var = 1/2 sum_h [(t_h1 - t)**2 + (t_h2 - t)**2]``: TIMSS since
    2015, PIRLS since 2016.

    Parameters
    ----------
    weights : array, one a row
    taylor : Taylor
        Strata are the zones (JKZONE), PSUs their halves (JKREP).
    both : bool

    Returns
    -------
    array
        Rows by zones, or by twice as many; a zone with one half, where `lonely` is "certainty", adds nothing.

    Raises
    ------
    DesignError
        A zone with another number of clusters than two.

    References
    ----------
    Rust and Rao (1996), Variance estimation for complex surveys using replication techniques. Foy and
    LaRoche (2020), TIMSS 2019 Technical Report, chapter 14. R packages intsvy and BIFIEsurvey (`JK_TIMSS`,
    `JK_TIMSS2`) double the same half.

    Examples
    --------
    >>> zones, none = np.array([0, 0, 1, 1]), np.zeros(2)
    >>> taylor = Taylor(np.arange(4), np.arange(4), zones, none, None)
    >>> paired_weights(np.ones(4), taylor, both=False).tolist()
    [[0.0, 1.0], [2.0, 1.0], [1.0, 0.0], [1.0, 2.0]]
    """
    counts = taylor.psus
    odd = (counts != 2) & ~((counts == 1) & (taylor.lonely == "certainty"))
    if odd.any():
        got = f"{int(odd.sum())} of {len(counts)} strata with another number"
        hint = "strata: zones, psu: their halves, nest: true; lonely: certainty for a zone with one half"
        raise DesignError("JK2 needs two clusters in each stratum.", where="replicates", got=got, next=hint)
    psu = taylor.unit_psu[taylor.unit]
    zone = taylor.psu_stratum[psu]
    later = psu != np.searchsorted(taylor.psu_stratum, np.arange(len(counts)))[zone]
    factors = np.ones((len(weights), len(counts)))
    paired = np.flatnonzero(counts[zone] == 2)
    factors[paired, zone[paired]] = 2.0 * later[paired]
    if both:
        factors = np.hstack([factors, 2.0 - factors])
    return factors * weights[:, None]


def replicate_factors(facts: Mapping[str, Any], count: int) -> Floats:
    """What each squared deviation is multiplied by; as R's `svrepdesign` where `scale` says nothing.

    Raises
    ------
    DesignError
        JKn without `rscales`, or another number of them than of replicates.
    """
    method, fay, rscales = facts["method"], float(facts.get("fay") or 0.0), facts.get("rscales")
    if method == "JKn" and rscales is None:
        raise DesignError("JKn needs rscales.", where="replicates", next="rscales: (n-1)/n by replicate")
    scale = _scale(method, fay, count, both=bool(facts.get("both")))
    scale = scale if facts.get("scale") is None else float(facts["scale"])
    factors = np.asarray(1.0 if rscales is None else rscales, dtype=float)
    if np.ndim(factors) and np.size(factors) != count:
        what = "rscales and replicate weights differ in number."
        raise DesignError(what, where="replicates", got=f"{np.size(factors)} rscales", allowed=f"{count}")
    return np.broadcast_to(scale * factors, count)


def _scale(method: str, fay: float, count: int, *, both: bool) -> float:
    if method in ("BRR", "Fay"):
        return 1 / (count * (1 - fay) ** 2)
    jack = 0.5 if both else 1.0
    return {"JK1": (count - 1) / count, "JK2": jack, "JKn": 1.0, "bootstrap": 1 / (count - 1)}[method]
