"""Numbers of R's survey package, and each family of cases run with our code.

Two sets: `tests/reference` (our own invented data, survey 4.1-1) in every clone, and
`../shared/reference/survey` (public data, survey 4.5) where it stands beside the checkout.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from conftest import shared_folder
from survey_slips import profile_root

from digicit_lib.survey import (
    SurveyDesign,
    adjust_p,
    association,
    calibrate,
    contrast,
    difference,
    interval,
    mean,
    quantile,
    ratio,
    regression,
    reliability,
    table,
    total,
    trim,
    weight_report,
)
from digicit_lib.survey.estimates import tested
from digicit_lib.survey.intervals import effective_n, profile, t_value

ENDS = {"ci_lo": "ci_low", "ci_hi": "ci_high"}
TEST = {"ndf": "ndf", "ddf": "ddf", "p_value": "p_value"}
Rows = Iterator[tuple[str, str, str, float]]  # by, term, stat, value
SHARED = shared_folder()
OWN = Path(__file__).parent / "reference"
FOLDER = SHARED / "reference/survey" if SHARED else Path()
FOLDERS = [OWN, *([FOLDER] if SHARED else [])]
CASES = [case for folder in FOLDERS for case in json.loads((folder / "cases.json").read_text())]
DESIGNS = {d["design_id"]: d for folder in FOLDERS for d in json.loads((folder / "designs.json").read_text())}


@cache
def results() -> dict[str, pd.DataFrame]:
    parts = [pd.read_csv(folder / "results.csv", keep_default_na=False, dtype=str) for folder in FOLDERS]
    frame = pd.concat(parts, ignore_index=True)
    frame["value"] = pd.to_numeric(frame["value"], errors="coerce")
    return dict(iter(frame.groupby("case_id")))


@cache
def data(name: str) -> pd.DataFrame:
    if name == "lonely":  # the own data without one of a stratum's two PSUs
        return data("own").query("not (stratum == 4 and psu == 2)").reset_index(drop=True)
    frame = pd.read_csv(OWN / "own.csv" if name == "own" else FOLDER / "data" / f"{name}.csv")
    for column in frame.columns:
        if column in ("awards", "sch_wide"):
            frame[f"{column}==Yes"] = (frame[column] == "Yes").astype(float)
    if name == "nhanes":
        frame["race"] = frame["race"].astype(str)  # a factor in R
    if "grade" in frame:
        order = sorted(
            frame["grade"].dropna().unique(), key=lambda g: (not g.isdigit(), int(g) if g.isdigit() else 0)
        )
        frame["grade"] = pd.Categorical(frame["grade"], categories=order)
    if "race4" in frame:
        frame["race4"] = pd.Categorical(frame["race4"], categories=["White", "Black", "Hispanic", "Other"])
    return frame.assign(present=1.0)


@cache
def design(name: str) -> SurveyDesign:
    if name.removesuffix("_fpc") in CALIBRATED:
        return CALIBRATED[name.removesuffix("_fpc")](
            design("apiclus1" if name.endswith("_fpc") else "apiclus1_nofpc")
        )
    facts = DESIGNS[name]
    if "type" in facts:
        return replicated(name, facts)
    frame = data(facts["dataset"])
    ids, fpc = list(facts["ids"]), facts.get("fpc")
    if isinstance(ids, str):
        ids = [ids]
    fpcs = fpc if isinstance(fpc, list) else [fpc, None]
    weight: Any = facts.get("weights")
    if weight is None and name == "apiclus2_2stage":
        districts = frame.groupby("dnum")["snum"].transform("nunique")
        weight = frame["fpc1"] / 40 * frame["fpc2"] / districts  # 40 districts, as R derives it from the fpc
    return SurveyDesign(
        frame,
        weight=weight,
        strata=facts.get("strata"),
        psu=ids[0] if ids else None,
        fpc=fpcs[0],
        ssu=ids[1] if len(ids) > 1 else None,
        ssu_fpc=fpcs[1] if len(ids) > 1 else None,
        nest=True,
        lonely={"remove": "certainty"}.get(facts.get("lonely_psu", ""), facts.get("lonely_psu", "fail")),
        unweighted=weight is None,
    )


def replicated(name: str, facts: dict[str, Any]) -> SurveyDesign:
    stem = name.removesuffix("_mse")
    frame = data(facts["dataset"])
    if facts["dataset"] == "own":
        factors = frame[["stratum", "psu"]].merge(pd.read_csv(OWN / f"{stem}.csv"), how="left")
        return _replicated(
            frame, frame["w"] * 1.0, factors.filter(regex=r"^r\d+$").mul(frame["w"], axis=0).to_numpy(), facts
        )
    path = next((FOLDER / "replicate_weights").glob(f"{stem}.csv*"), None)
    base = DESIGNS[facts["base_design"]]
    if (
        path is None
    ):  # jkn_yrbs2019 is not exported: drop each PSU in turn, the others of its stratum stand in
        whole = design(facts["base_design"])
        psu, stratum = whole.taylor.unit, whole.taylor.psu_stratum
        count = whole.taylor.psus[stratum]
        weights = np.empty((len(frame), len(stratum)))
        for r in range(len(stratum)):
            factor = np.where(stratum[psu] == stratum[r], count[r] / (count[r] - 1), 1.0) * (psu != r)
            weights[:, r] = whole.weights * factor
        full: Any = whole.weights
        facts = {**facts, "rscales": (count - 1) / count}
    else:
        exported = pd.read_csv(path)
        weights, full = exported.filter(regex=r"^r\d+$").to_numpy(), exported["w"].to_numpy()
    assert base["dataset"] == facts["dataset"]
    return _replicated(frame, full, weights, facts)


def _replicated(frame: pd.DataFrame, full: Any, weights: np.ndarray, facts: dict[str, Any]) -> SurveyDesign:
    method = {"subbootstrap": "bootstrap"}.get(facts["type"], facts["type"])
    given = {
        "method": method,
        "weights": weights,
        "scale": facts["scale"],
        "rscales": facts["rscales"],
        "mse": facts["mse"],
        "fay": facts["rho"],
    }
    return SurveyDesign(frame, weight=full, replicates=given)


STYPE = {"E": 4421, "H": 755, "M": 1018}
MARGINS = {"stype": STYPE, "sch_wide": {"No": 1072, "Yes": 5122}}
API99 = 3914069  # population total of api99, from R's apipop
CALIBRATED: dict[str, Callable[[SurveyDesign], SurveyDesign]] = {
    "poststratify": lambda d: calibrate(d, {"stype": STYPE}),
    "rake": lambda d: calibrate(d, MARGINS, kind="raking"),
    "greg_linear": lambda d: calibrate(d, {"stype": STYPE, "api99": API99}),
    "cal_raking": lambda d: calibrate(d, MARGINS, kind="raking"),
    "cal_logit_bounds": lambda d: calibrate(
        d, {"stype": STYPE, "api99": API99}, kind="logit", bounds=(0.5, 2)
    ),
    "trim_after_ps": lambda d: trim(calibrate(d, {"stype": STYPE}), 25, 45),
}


def domain(case: dict[str, Any], frame: pd.DataFrame) -> np.ndarray | None:
    where = case.get("where")
    if where is None:
        return None
    known = {
        "awards==Yes & stype==E": lambda: (frame["awards"] == "Yes") & (frame["stype"] == "E"),
        "x > 4": lambda: frame["x"] > 4,
        "enroll not missing": lambda: frame["enroll"].notna(),
        "sdmvstra != 75 | sdmvpsu == 1": lambda: (frame["sdmvstra"] != 75) | (frame["sdmvpsu"] == 1),
    }
    return known[where]().to_numpy()


def keyed(by: str, level: str) -> str:
    return ";".join(f"{b}={v}" for b, v in zip(by.split(","), level.split(","), strict=True)) if by else ""


def tidy(frame: pd.DataFrame, term: str | None = None, **names: str) -> Rows:
    """Rows of an estimates frame under R's names."""
    known = {"est": "estimate", "se": "se", **ENDS, "n": "n", "sum_w": "sum_w", **names}
    for row in frame.to_dict("records"):
        by, own = keyed(row["by"], row["level"]), term or row["category"] or row["indicator"]
        for stat, column in known.items():
            yield by, own, stat, row[column]
        yield by, own, "cv", abs(row["se"] / row["estimate"]) if row["estimate"] else np.nan
        yield "", "", "df", row["df"]


def picked(row: dict[str, Any], term: str, **names: str) -> Rows:
    """Entries of one row under R's names."""
    for stat, column in names.items():
        yield "", term, stat, row[column]


def joined(by: Any) -> str:
    return by if isinstance(by, str) else ",".join(by or ())


def estimates(case: dict[str, Any]) -> Rows:
    d = design(case["design"])
    options = {"where": domain(case, d.frame), "df": "design", "ci": "t", "deff": "no replace"}
    if options["where"] is not None:
        options["df"] = "domain"  # R counts degrees of freedom in the subset
    if "adjust.domain.lonely=TRUE" in case.get("options", ""):
        d = replace(d, lonely="adjust", lonely_domain=True)
    function = total if "svytotal" in case["r_function"] else mean
    frame = function(d, case["y"], joined(case.get("by")), **options)  # type: ignore[arg-type]
    yield from tidy(frame, deff="deff")
    if case["case_id"].startswith("subset_fpc"):
        yield from (("total", *row[1:]) for row in tidy(total(d, case["y"], **options)))  # type: ignore[arg-type]
    options["deff"] = "replace"
    for row in function(d, case["y"], joined(case.get("by")), **options).to_dict("records"):  # type: ignore[arg-type]
        yield keyed(row["by"], row["level"]), row["indicator"], "deff_replace", row["deff"]
        yield "", "", "df_full", d.df
        yield "", "", "n", row["n"]


METHODS = {
    "logit": "logit",
    "xlogit": "logit",
    "beta": "beta",
    "asin": "asin",
    "mean": "t",
    "wilson": "wilson",
}


def intervals(case: dict[str, Any]) -> Rows:
    d, by = design(case["design"]), joined(case.get("by"))
    domain = table(d, "present", by)  # R's "beta" counts rows and df of the domain, missing answers and all
    for term, ci in METHODS.items():
        frame = table(d, case["y"], by, ci=ci, df="design")
        if ci == "beta":
            columns = [frame["estimate"], frame["se"], domain["n"], domain["df"]]
            frame["ci_low"], frame["ci_high"] = interval("beta", *(c.to_numpy(float) for c in columns))
        yield from tidy(frame, term)
    yield from likelihood(d, case["y"], frame)
    for row in domain.to_dict("records"):
        key = keyed(row["by"], row["level"])
        for stat, value in {"degf_subset": row["df"], "df_full": d.df, "df": d.df}.items():
            yield key, "", stat, value
    for row in frame.to_dict("records"):
        yield keyed(row["by"], row["level"]), "", "n", row["n"]
        yield keyed(row["by"], row["level"]), "", "sum_w", row["sum_w"]


def likelihood(d: SurveyDesign, y: str, frame: pd.DataFrame) -> Rows:
    """`ci="likelihood"` with R's two slips put back."""
    for row in frame.to_dict("records"):
        inside = np.ones(len(d.frame), dtype=bool)
        for name, value in zip(row["by"].split(","), row["level"].split(","), strict=True):
            inside &= (d.frame[name].astype(str) == value).to_numpy() if name else True
        t = float(t_value(np.array([row["df"]]), 0.95)[0])
        root = profile_root(d.frame[y].to_numpy(float), d.weights, inside)
        low, high = profile(row["estimate"], row["se"], row["n"], t, root)
        for stat, value in {"est": row["estimate"], "se": row["se"], "ci_lo": low, "ci_hi": high}.items():
            yield keyed(row["by"], row["level"]), "likelihood", stat, value


def ratios(case: dict[str, Any]) -> Rows:
    frame = ratio(design(case["design"]), case["y"], case["x"], df="design")
    return tidy(frame)


def contrasts(case: dict[str, Any]) -> Rows:
    d = design(case["design"])
    for term, frame in (
        ("diff", difference(d, case["y"], case["by"], "Yes", "No")),
        ("ratio", contrast(d, case["y"], case["by"], {"Yes": 1, "No": -1}, ratio=True)),
    ):
        yield "", term, "est", frame["estimate"].iloc[0]
        yield "", term, "se", frame["se"].iloc[0]


def quantiles(case: dict[str, Any]) -> Rows:
    d = design(case["design"])
    for kind, own in {"mean": "t", "beta": "beta", "xlogit": "logit"}.items():
        for qrule, rule in {"math": "math", "school": "school", "hf7": "hf7", "hf2": "school"}.items():
            frame = quantile(d, case["y"], probs=case["probs"], interval=own, rule=rule, df="design")
            for p, row in zip(case["probs"], frame.to_dict("records"), strict=True):
                term = f"{case['y']}@{p:g}|{kind}|{qrule}"
                yield from picked(row, term, est="estimate", se="se", **ENDS)


def chisq(case: dict[str, Any]) -> Rows:
    d = design(case["design"])
    if case["case_id"].startswith("chisq_table"):
        items = [c for c in d.frame if c.startswith("qn")]
        for row in association(d, items, case["cols"], df="design").to_dict("records"):
            yield from picked(row, row["indicator"], F="statistic", **TEST)
        return
    row = association(d, case["rows"], case["cols"], df="design").iloc[0]
    row["chisq"] *= len(d.frame) / row["n"]  # R scales to all rows, missing answers and all
    columns = {
        "F": ("statistic", "ndf", "ddf", "p_value"),
        "Chisq": ("chisq", "chisq_df", None, "chisq_p"),
        "lincom": ("chisq", None, None, "saddlepoint_p"),  # R had no CompQuadForm and fell back, as it warns
        "saddlepoint": ("chisq", None, None, "saddlepoint_p"),
        "Wald": ("wald", "chisq_df", None, "wald_p"),
        "adjWald": ("wald_adjusted", "chisq_df", "wald_ddf", "wald_adjusted_p"),
    }
    for term, names in columns.items():
        for stat, column in zip(("statistic", "ndf", "ddf", "p_value"), names, strict=True):
            if column:
                yield "", term, stat, row[column]
    yield "", "Wald", "ddf", d.df


def ttests(case: dict[str, Any]) -> Rows:
    """Two groups, second minus first, or a mean against zero: with R's one degree of freedom less."""
    d = design(case["design"])
    whole = case["case_id"].startswith("ttest_table")
    items = [c for c in d.frame if c.startswith("qn")] if whole else case["y"]
    if group := case.get("group", ""):
        first, second = sorted(d.frame[group].dropna().unique())
        out = difference(d, items, group, second, first, statistic="mean")
    else:
        out = table(d, items, statistic="mean")
    out["df"] -= 1
    for row in tested(out, 0.95, "holm").to_dict("records"):
        term = row["indicator"] if whole else ""
        yield from picked(row, term, diff="estimate", t="t", df="df", p_value="p_value", **ENDS)


def models(case: dict[str, Any]) -> Rows:
    d = design(case["design"])
    formula, offset = case["formula"], None
    if "offset" in formula:
        formula, offset = formula.split(" + offset")[0], "log_enroll"
        d.frame["log_enroll"] = np.log(d.frame["enroll"])
    formula = formula.replace("I(awards==Yes)", 'Q("awards==Yes")')
    family = case.get("family_link", "gaussian/identity").split("/")[0]
    fit = regression(d, formula, family, where=domain(case, d.frame), offset=offset)
    for row in fit.coefficients.to_dict("records"):
        term = named(row["term"])
        yield from picked(row, term, coef="coef", se="se", t="t", p_value="p_value", **ENDS)
        yield "", "", "df", row["df"]
    together = [fit.wald("ell", "mobility")] if "mobility" in formula else []
    for row in [*fit.terms.to_dict("records"), *together]:
        yield from picked(row, f"term:{row['term']}", F="statistic", **TEST)
        if family == "binomial":
            ratio_test = fit.likelihood_ratio(*row["term"].split(" + "))
            yield from picked(ratio_test, f"termLRT:{row['term']}", chisq="statistic", p_value="p_value")


def named(term: str) -> str:
    """R's name of a coefficient."""
    return term.replace("Intercept", "(Intercept)").replace("[T.", "").replace("]", "")


def alphas(case: dict[str, Any]) -> Rows:
    if case["design"] == "unweighted":
        d = SurveyDesign(data(case["dataset"]), unweighted=True)
    else:
        d = design(case["design"])
    found = reliability(d, case["items"], pairwise=case["case_id"] == "psych_alpha_apisrs")
    yield "", "alpha", "est", found["alpha"]
    yield "", "alpha", "n", found["n"]
    yield "", "raw_alpha", "est", found["alpha"]
    yield "", "std_alpha", "est", found["alpha_standardised"]
    yield "", "average_r", "est", found["average_r"]
    yield "", "omega_total_1factor_minres", "est", found["omega"]
    for item, dropped, rest in zip(case["items"], found["dropped"], found["item_rest"], strict=True):
        yield f"drop={item}", "raw_alpha", "est", dropped
        yield f"item={item}", "r_drop", "est", rest


def adjusted(case: dict[str, Any]) -> Rows:
    for method in ("bonferroni", "holm", "hochberg", "hommel", "BH", "BY"):
        for i, p in enumerate(adjust_p(case["p"], method.lower()), 1):
            yield f"i={i}", method, "p_adj", p


def calibrations(case: dict[str, Any]) -> Rows:
    d = design(case["design"])
    if case["r_function"] == "weights" or "trim" in case["case_id"]:
        report = weight_report(own=d).loc["own"]
        for stat, column in {"sum": "sum_w", "min": "min", "max": "max", "kish_deff": "kish_deff"}.items():
            yield "", "", stat, report[column]
    if case["r_function"] != "weights":
        yield from estimates({"y": "api00", **case})


def tables(case: dict[str, Any]) -> Rows:
    d = design(case["design"])
    items = [c for c in d.frame if c.startswith("qn")]
    by = joined(case.get("by"))
    kg = table(d, items, by, statistic="share")
    numbers = [kg[c].to_numpy(float) for c in ("estimate", "se", "n", "df")]
    kg["size"] = effective_n(*numbers, 0.95)
    names = {
        "deff_replace": "deff",
        "degf_subset": "df",
        "kg_neff": "size",
        "kg_lo": "ci_low",
        "kg_hi": "ci_high",
    }
    yield from tidy(kg, n_yes="n_yes", **names)
    for ci, df in (("logit", "design"), ("beta", "domain")):
        frame = table(d, items, by, statistic="share", ci=ci, df=df)
        yield from tidy(frame, **{f"{ci}_lo": "ci_low", f"{ci}_hi": "ci_high"})


RUNNERS = {
    "mean": estimates,
    "total": estimates,
    "prop": estimates,
    "lonely_psu": estimates,
    "domain": estimates,
    "ratio": ratios,
    "prop_ci": intervals,
    "contrast": contrasts,
    "quantile": quantiles,
    "chisq": chisq,
    "ttest": ttests,
    "glm": models,
    "reliability": alphas,
    "multiple_testing": adjusted,
    "calibration": calibrations,
    "table": tables,
    "replicate": estimates,
}


def runner(case: dict[str, Any]) -> Callable[[dict[str, Any]], Rows]:
    if "svyciprop" in case["r_function"] and case["family"] == "domain":
        return intervals
    if "svyratio" in case["r_function"]:
        return ratios
    return models if "svyglm" in case["r_function"] else RUNNERS[case["family"]]
