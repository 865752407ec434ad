"""Charts and tables that a notebook makes itself with seaborn, pandas and pingouin: printed, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pingouin as pg
import pytest
import seaborn as sns
import seaborn.objects as so

from digicit_lib.data import Sample
from digicit_lib.errors import DataError, DigicitError, PublicationRefused
from digicit_lib.exhibits.own_charts import has_room
from digicit_lib.survey.whole_sample import WholeSample
from digicit_lib.workbook import own_tables
from digicit_lib.workbook.door import Workbook
from digicit_lib.workbook.exhibits import Exhibits

PARAMS = """
study: {country: TUR, date: 2026-11-01, title: A study, wave: 2026}
population: {ages: [9, 17], base: children}
data: {survey: {kind: synthetic, seed: 4, n: 900}}
design: {weight: weight, strata: stratum, psu: psu}
"""


@pytest.fixture(scope="module")
def wb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    root = tmp_path_factory.mktemp("own")
    (root / "params").mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "params" / "study.yaml").write_text(PARAMS)
    with mpl.rc_context():
        mpl.use("agg")
        yield Workbook.open("study", "quantitative", root=root)


@pytest.fixture(scope="module", autouse=True)
def sample_computed_once() -> Iterator[None]:
    """All numbers of a sample take a second to compute, and most tables here are of the same answers."""
    wholes: dict[tuple[Any, ...], WholeSample] = {}

    def whole(sample: pd.DataFrame, *rule: int) -> WholeSample:
        key = (*sample, *pd.util.hash_pandas_object(pd.DataFrame(sample)), *rule)
        return wholes.setdefault(key, WholeSample(sample, *rule))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_tables, "WholeSample", whole)
        yield


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    blocks: list[dict[str, Any]] = []
    monkeypatch.setattr(Exhibits, "show", lambda self, block: blocks.append(block))
    yield blocks
    plt.close("all")


@pytest.fixture(scope="module")
def daily(wb: Any) -> Any:
    return wb.estimate("ACC-03", by="age_group")


@pytest.fixture(scope="module")
def risks(wb: Any) -> Any:
    return wb.estimate("RSK-01", "RSK-02", "RSK-03", by="gender")


def _objects(frame: pd.DataFrame) -> Any:
    _, ax = plt.subplots()
    plot = so.Plot(frame, x="estimate", y="title", color="level_label").add(so.Dot(), so.Dodge())
    plot.add(so.Range(), so.Dodge(), xmin="ci_low", xmax="ci_high").on(ax).plot()
    return ax


def _intervals(frame: pd.DataFrame) -> Any:
    _, ax = plt.subplots()
    ax.hlines(frame["title"] + frame["level_label"], frame["ci_low"], frame["ci_high"])
    return ax


def _listed(frame: pd.DataFrame) -> Any:
    """As the figures of a house style are drawn: places are numbers, rows of two groups stand together."""
    rows = frame.assign(y=frame.groupby("title", sort=False).ngroup() + (frame["level"] == "boy") * 0.2 - 0.1)
    _, ax = plt.subplots()
    ax.hlines(rows["y"], rows["ci_low"], rows["ci_high"])
    ax.axvline(0)
    return sns.scatterplot(rows, x="estimate", y="y", hue="level_label", ax=ax)


GOOD: dict[str, Callable[[pd.DataFrame], Any]] = {
    "bar": lambda f: sns.barplot(f, x="estimate", y="title", hue="level_label", errorbar=None),
    "standing bar": lambda f: sns.barplot(f, y="estimate", x="title", hue="level_label", errorbar=None),
    "point": lambda f: sns.pointplot(
        f, x="estimate", y="title", hue="level_label", errorbar=None, linestyle="none"
    ),
    "strip": lambda f: sns.stripplot(f, x="estimate", y="title", hue="level_label"),
    "facets": lambda f: sns.catplot(f, x="estimate", y="title", col="level_label", kind="bar", errorbar=None),
    "objects": _objects,
    "places": _listed,
    "stacked": lambda f: f.pivot(index="title", columns="level_label", values="estimate").plot.barh(
        stacked=True
    ),
    "percent": lambda f: sns.barplot(
        f.assign(estimate=100 * f["estimate"]), x="estimate", y="title", hue="level_label"
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_chart_of_a_result_is_a_figure_like_ours(wb: Any, shown: list[Any], risks: Any, name: str) -> None:
    drawn = GOOD[name](risks.to_frame())
    before = wb.exhibits._numbers["figure"]
    wb.show(drawn, of=risks, title="Three risks", key=True)
    block = shown[-1]
    assert (block["kind"], block["number"], block["synthetic"], block["key"]) == (
        "figure",
        before + 1,
        True,
        True,
    )
    assert block["alt"].startswith("Chart: Three risks. Largest: ") and "Base: " in block["alt"]
    assert len(block["provenance"]) == len(risks.frame) and block["table"]["rows"]
    whole = wb.exhibits.files[block["files"]["svg"]].decode()
    assert "SYNTHETIC" in whole and "Three risks" in whole and "level_label" not in whole
    assert 'width="453.60pt"' in block["svg"] and 'width="267.12pt"' in block["narrow"]
    assert "Three risks" not in block["svg"]  # the page says it itself
    for drawing in (block["svg"], block["narrow"]):  # PAGES.md, 0.3: each number can be read off
        assert all(f"{x:.0%}" in drawing for x in risks.frame["estimate"])
    assert not plt.get_fignums()  # else it would show once more when the cell ends


def test_the_interval_of_a_hidden_row_is_left_out_of_a_chart(wb: Any, shown: list[Any], daily: Any) -> None:
    """The shipped workbook draws daily use so: of a study with a hidden age group it made no report."""
    frame = daily.to_frame()
    frame.loc[frame.index[0], ["estimate", "ci_low", "ci_high"]] = np.nan
    ax = plt.subplots()[1]
    ax.hlines("level_label", "ci_low", "ci_high", data=frame)
    wb.show(ax, of=daily)
    assert len(shown) == 1


def _rows(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 9, count) + 0.37


def _second_axes(frame: pd.DataFrame, rows: np.ndarray) -> Any:
    ax = GOOD["point"](frame)
    ax.twinx().plot(rows, rows)
    return ax


def _inset(frame: pd.DataFrame, rows: np.ndarray) -> Any:
    ax = GOOD["point"](frame)
    ax.inset_axes((0.5, 0.5, 0.4, 0.4)).plot(rows, rows, "o")
    return ax


def _with(draw: Callable[[Any, np.ndarray, pd.DataFrame], Any]) -> Callable[[pd.DataFrame, np.ndarray], Any]:
    def drawn(frame: pd.DataFrame, rows: np.ndarray) -> Any:
        ax = GOOD["point"](frame)
        draw(ax, rows, frame)
        return ax

    return drawn


def _alone(draw: Callable[[Any, np.ndarray, pd.DataFrame], Any]) -> Callable[[pd.DataFrame, np.ndarray], Any]:
    def drawn(frame: pd.DataFrame, rows: np.ndarray) -> Any:
        _, ax = plt.subplots()
        draw(ax, rows, frame)
        return ax

    return drawn


BAD: dict[str, Callable[[pd.DataFrame, np.ndarray], Any]] = {
    "a scatter of answers": _alone(lambda ax, rows, f: ax.scatter(rows, rows)),
    "a histogram": _alone(lambda ax, rows, f: ax.hist(rows)),
    "a mean bar": _alone(lambda ax, rows, f: sns.barplot(x=["a"] * len(rows), y=rows, ax=ax)),
    "a density": _alone(lambda ax, rows, f: sns.kdeplot(rows, ax=ax)),
    "a violin": _alone(lambda ax, rows, f: sns.violinplot(rows, ax=ax)),
    "a second axes": _second_axes,
    "an axes inside": _inset,
    "a text": _with(lambda ax, rows, f: ax.text(0.1, 0, " ".join(f"{x:.2f}" for x in rows))),
    "a title": _with(lambda ax, rows, f: ax.set_title(str(rows[0]))),
    "a tick label": _with(lambda ax, rows, f: ax.set_xticks([0.1], [str(rows[0])])),
    "an image": _with(lambda ax, rows, f: ax.imshow(rows.reshape(5, -1))),
    "an image of the figure": _with(lambda ax, rows, f: ax.figure.figimage(rows.reshape(5, -1))),
    "points at zero": _with(lambda ax, rows, f: ax.scatter(np.zeros(len(rows)), rows)),
    "points at one number": _alone(
        lambda ax, rows, f: ax.scatter([f["estimate"].iloc[0]] * 5, rows[:5] - 0.37)
    ),
    "fifty reference lines": _with(lambda ax, rows, f: [ax.axvline(x) for x in rows]),
    "more marks than rows": _alone(
        lambda ax, rows, f: [ax.plot(f["estimate"], f["title"], "o") for _ in range(5)]
    ),
    "a band": _with(lambda ax, rows, f: ax.fill_between(f["estimate"], 0, 1)),
    "a mesh": _alone(lambda ax, rows, f: sns.heatmap(rows.reshape(5, -1), ax=ax)),
    "a table": _with(lambda ax, rows, f: ax.table([[str(x)] for x in rows])),
    "a step line": _alone(lambda ax, rows, f: ax.stairs(rows)),
    "a pie": _alone(lambda ax, rows, f: ax.pie(rows)),
    "a number at another row": _alone(lambda ax, rows, f: ax.plot(f["estimate"], f["title"].iloc[::-1], "o")),
}


@pytest.mark.parametrize("name", BAD)
def test_a_chart_of_anything_else_is_refused(wb: Any, shown: list[Any], risks: Any, name: str) -> None:
    drawn = BAD[name](risks.to_frame(), _rows(40))
    with pytest.raises(PublicationRefused) as refused:
        wb.show(drawn, of=risks)
    assert not shown and not plt.get_fignums()
    assert ".37" not in str(refused.value)  # no answer in a message


def test_what_is_shown_of_nothing_is_refused(wb: Any, shown: list[Any], risks: Any) -> None:
    with pytest.raises(PublicationRefused, match="no drawing"):
        wb.show("a drawing", of=risks)
    with pytest.raises(PublicationRefused, match="of=result"):
        wb.table(risks.to_frame())
    Exhibits.show = Exhibits.__dict__["show"]
    wb.show(
        sns.pointplot(wb.estimate("ACC-03", by="grade").to_frame(), x="estimate"),
        of=wb.estimate("ACC-03", by="grade"),
    )
    wb.show(plt.subplots()[1], of=risks)
    wb.table(risks.to_frame().iloc[:0], of=risks)
    assert not shown  # of nothing, and of a breakdown that was not recorded: no exhibit


def test_an_empty_chart_needs_a_result(wb: Any) -> None:
    with pytest.raises(DigicitError, match="of a result"):
        wb.show(plt.subplots()[1])
    plt.close("all")


# --- tables ---------------------------------------------------------------------------------------------


def _texts(block: dict[str, Any]) -> list[list[str]]:
    return [[cell if isinstance(cell, str) else cell["text"] for cell in row] for row in block["rows"]]


def test_a_frame_reshaped_from_a_result_is_printed_in_its_words(
    wb: Any, shown: list[Any], risks: Any
) -> None:
    frame = risks.to_frame()
    wide = frame.pivot(index="title", columns="level", values="estimate").sort_values("girl", ascending=False)
    wb.table(wide.head(2), of=risks, title="Most common of three")
    block = shown[-1]
    assert [column["label"] for column in block["columns"]] == ["Indicator", "Boys", "Girls"]
    first = frame[(frame["title"] == wide.index[0]) & (frame["level"] == "girl")].iloc[0]
    assert _texts(block)[0][2] == f"{100 * first['estimate']:.1f}%"
    assert block["rows"][0][2]["value"] == first["estimate"]
    assert len(block["provenance"]) == len(frame) and block["title"] == "Most common of three"
    wb.table(frame[["title", "level_label", "estimate", "ci_low", "ci_high", "n"]], of=risks)
    assert _texts(shown[-1])[0][-1] == f"{first['n']:,.0f}" or len(_texts(shown[-1])) == len(frame)


@pytest.mark.parametrize(
    "made",
    [
        lambda f: f[["title", "estimate"]].assign(estimate=lambda t: t["estimate"] * 2),
        lambda f: f.groupby("title")[["estimate"]].mean(),
        lambda f: pd.DataFrame({"text": [f"{x:.3f}" for x in f["n"] * 1.7]}),
        lambda f: pd.DataFrame({"0.123": f["title"]}),
        lambda f: pd.DataFrame({"a": [list(f["estimate"])]}),
        lambda f: pd.concat([f[["title", "estimate"]]] * 20),
        lambda f: f[["title", "n_yes"]],
    ],
)
def test_a_frame_with_other_numbers_is_refused(wb: Any, shown: list[Any], risks: Any, made: Any) -> None:
    with pytest.raises(PublicationRefused):
        wb.table(made(risks.to_frame()), of=risks)
    assert not shown


@pytest.fixture(scope="module")
def sample(wb: Any) -> Any:
    return wb.sample("SKL-J", "ACC-10", "age_group", "gender")


STATISTICS: dict[str, Callable[[Any], pd.DataFrame]] = {
    "anova": lambda s: pg.anova(s, dv="SKL-J", between=["age_group", "gender"]),
    "ttest": lambda s: pg.ttest(s[s["gender"] == "girl"]["SKL-J"], s[s["gender"] == "boy"]["SKL-J"]),
    "pairwise": lambda s: pg.pairwise_tests(s, dv="SKL-J", between="age_group"),
    "corr": lambda s: pg.corr(s["SKL-J"], s["ACC-10"], method="spearman"),
    "chi2": lambda s: pg.chi2_independence(s, "age_group", "gender")[2],
    "variances": lambda s: pg.homoscedasticity(s, dv="SKL-J", group="gender"),
    "normality": lambda s: pg.normality(s, dv="SKL-J", group="gender"),
    "kruskal": lambda s: pg.kruskal(s, dv="SKL-J", between="age_group"),
    "regression": lambda s: pg.linear_regression(s[["ACC-10"]], s["SKL-J"]),
    "shares": lambda s: pd.crosstab(s["age_group"], s["gender"], normalize="columns", margins=True),
    "percent": lambda s: (
        100 * pd.DataFrame(pd.crosstab(s["age_group"], s["gender"], normalize="index"))
    ).round(3),
    "means": lambda s: pd.DataFrame(
        s.groupby("gender", observed=True)["SKL-J"].agg(["mean", "std", "count"])
    ),
    "a cross": lambda s: pd.DataFrame(s.pivot_table(index="age_group", columns="gender", values="SKL-J")),
    "by the index": lambda s: pd.DataFrame(s.set_index("gender").groupby(level=0)[["SKL-J"]].mean()),
    "ranks of pairs": lambda s: pg.pairwise_tests(
        s, dv="SKL-J", between="age_group", parametric=False, padjust="holm"
    ),
    "tests of pairs": lambda s: pg.pairwise_tests(s, dv="SKL-J", between=["age_group", "gender"]),
    "tukey": lambda s: pg.pairwise_tukey(s, dv="SKL-J", between="age_group"),
    "rounded": lambda s: pg.linear_regression(s[["ACC-10"]], s["SKL-J"]).round(4),
    "alpha": lambda s: pd.DataFrame([pg.cronbach_alpha(s[["SKL-J", "ACC-10"]])], columns=["Alpha", "CI95"]),
    "equivalence": lambda s: pg.tost(*(s[s["gender"] == g]["SKL-J"] for g in ("girl", "boy"))),
}


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_of_pingouin_are_printed_and_say_whom_they_describe(
    wb: Any, shown: list[Any], sample: Any, name: str
) -> None:
    wb.table(STATISTICS[name](sample), of=sample, title="Beside the estimates")
    block = shown[-1]
    assert block["notes"] == [
        f"Unweighted: it describes these {len(sample):,} complete answers, not the population."
    ]
    assert not block["provenance"] and block["rows"]
    labels = [column["label"] for column in block["columns"]]
    assert not any("[" in text for row in _texts(block) for text in row), labels


def test_p_values_and_pairs_are_dressed(wb: Any, shown: list[Any], sample: Any) -> None:
    pairs = {
        "A": ["girl", "boy"],
        "p-unc": [0.0000004, 0.04],
        "CI95%": [[0.1, 0.2], [0.3, 0.4]],
        "df": [90, 80],
    }
    wb.table(pd.DataFrame(pairs), of=sample)
    assert [c["label"] for c in shown[-1]["columns"]] == ["A", "p-unc", "CI95% low", "CI95% high", "df"]
    assert [row[1:-1] for row in _texts(shown[-1])] == [
        ["< 0.001", "0.100", "0.200"],
        ["0.040", "0.300", "0.400"],
    ]


@pytest.mark.parametrize(
    "made",
    [
        lambda s: s.head(3),
        lambda s: s["SKL-J"],
        lambda s: s.groupby("gender", observed=True).mean(numeric_only=True),
        lambda s: pd.DataFrame(s.to_numpy()[:20]),
        lambda s: pd.DataFrame(s.to_numpy()[:1]),
        lambda s: pd.DataFrame({"score": s["SKL-J"].to_numpy()[:30], "other": range(30)}),
        lambda s: pd.DataFrame({"x": np.arange(61) + 0.5}),
        lambda s: pd.DataFrame(s.describe()),
        lambda s: pd.DataFrame({"max": [s["SKL-J"].max()], "t": [1.0]}),
        lambda s: pd.DataFrame({"all": [s["SKL-J"].tolist()]}),
    ],
)
def test_rows_in_whatever_form_are_refused(wb: Any, shown: list[Any], sample: Any, made: Any) -> None:
    with pytest.raises(PublicationRefused):
        wb.table(made(sample), of=sample)
    assert not shown


# Answers that have been counted, standardised, renamed, written as words: a row a child, or a handful.
DISGUISED: dict[str, Callable[[Any], Any]] = {
    "standardised": lambda s: pd.DataFrame({"z": ((s["SKL-J"] - s["SKL-J"].mean()) / s["SKL-J"].std())[:20]}),
    "turned": lambda s: pd.DataFrame({"x": (100 - s["SKL-J"]).head(9)}),
    "ranks": lambda s: pd.DataFrame({"x": s["SKL-J"].head(12).rank()}),
    "later rows": lambda s: pd.DataFrame({"x": (2 * s["SKL-J"])[100:120]}),
    "yes or no": lambda s: pd.DataFrame({"x": s["SKL-J"].head(30) > 50}),
    "words": lambda s: pd.DataFrame({"x": s["gender"].head(30).map({"girl": "f", "boy": "m"}).astype(str)}),
    "numbers as text": lambda s: pd.DataFrame({"x": s["SKL-J"].head(30).astype(str)}),
    "a text of rows": lambda s: pd.DataFrame({"x": [str(s.head(3).to_dict("records"))], "t": [1.5]}),
    "a cell of csv": lambda s: pd.DataFrame({"t": [1.5]}, index=[s.head(2).to_csv(index=False)]),
    "words with figures": lambda s: pd.DataFrame({"x": ["girl 12 yes", "boy 13 no"], "t": [1.5, 2.5]}),
    "the largest": lambda s: (
        s[["SKL-J", "ACC-10"]].agg(lambda c: c.to_numpy()[c.to_numpy().argmax()]).to_frame("x")
    ),
    "the least": lambda s: pd.DataFrame({"SKL-J": [s["SKL-J"].min()], "t": [1.5]}),
    "sizes": lambda s: pd.DataFrame(pd.crosstab(s["ACC-10"], s["age_group"]).to_numpy()),
    "how many": lambda s: s.groupby("ACC-10")["SKL-J"].agg(["count", "mean"]).reset_index(drop=True),
    "one row a score": lambda s: pd.DataFrame(s.groupby("SKL-J")["ACC-10"].sum()),
    "value counts": lambda s: s["ACC-10"].value_counts().to_frame(),
    "a list in a cell": lambda s: pd.DataFrame({"a": [[1.0, 2.0, 3.0]]}),
    "a sample in a cell": lambda s: pd.DataFrame({"a": [s]}),
    "a pair of answers": lambda s: pd.DataFrame({"a": s[["SKL-J", "ACC-10"]].head(4).to_numpy().tolist()}),
    "residuals": lambda s: pd.DataFrame({"r": pg.linear_regression(s[["ACC-10"]], s["SKL-J"]).residuals_}),
    "few residuals": lambda s: pd.DataFrame(
        {"r": pg.linear_regression(s[["ACC-10"]], s["SKL-J"]).residuals_[:5]}
    ),
    "few transformed": lambda s: pd.DataFrame({"x": np.sqrt(s["SKL-J"] + 7.0).to_numpy()[:6]}),
    "two standardised": lambda s: pd.DataFrame({"z": [(x - 50.0) / 3 for x in s["SKL-J"][:2]]}),
    "one row of many": lambda s: pd.DataFrame([np.log(s["SKL-J"].to_numpy()[:9] + 1.5)]),
    "transposed and changed": lambda s: pd.DataFrame(
        (s[["SKL-J", "ACC-10"]].head(6) * 1.7).to_numpy().T, index=["SKL-J", "ACC-10"]
    ),
    "named by their groups": lambda s: pd.DataFrame(
        {"gender": s["gender"].astype(str)[:6].to_numpy(), "x": s["SKL-J"].to_numpy()[:6] * 1.3}
    ),
    "a transposed sample": lambda s: s.head(3).T,
    "an index": lambda s: s.set_index("SKL-J")[["ACC-10"]].head(2),
    "a dictionary": lambda s: {"x": s["SKL-J"].head(30)},
    "records": lambda s: s.head(5).to_dict("records"),
    "arrays": lambda s: s[["SKL-J", "ACC-10"]].to_numpy()[:5],
    "a group by itself": lambda s: dict(list(s.groupby("gender", observed=True)))["girl"],
    "concatenated": lambda s: pd.concat([s.head(2), s.tail(2)]),
    "merged": lambda s: s.head(4).merge(s.head(4), on="gender"),
    "melted": lambda s: s.head(4).melt(id_vars="gender"),
    "bands of its own": lambda s: pd.DataFrame(
        s.groupby(pd.cut(s["SKL-J"], 60), observed=True)["ACC-10"].mean()
    ),
    "two groups of its own": lambda s: pd.DataFrame(
        s.assign(top=np.where(s["ACC-10"] > 13, "most", "rest")).groupby("top")["SKL-J"].mean()
    ),
    "a cross of its own": lambda s: pd.crosstab(
        s["SKL-J"] // 10, s["gender"], values=s["ACC-10"], aggfunc="std"
    ),
    "shares of a few": lambda s: pd.crosstab(s["SKL-J"], s["gender"], normalize="columns"),
}


@pytest.mark.parametrize("name", DISGUISED)
def test_disguised_rows_are_refused(wb: Any, shown: list[Any], sample: Any, name: str) -> None:
    with pytest.raises(PublicationRefused):
        wb.table(DISGUISED[name](Sample(sample)), of=sample)  # without the rules of its slices
    assert not shown


SLICES: dict[str, Callable[[Any, pd.Series], Any]] = {
    "a mask": lambda s, few: s[few],
    "of a column": lambda s, few: s["SKL-J"][few],
    "by name": lambda s, few: s.loc[few, "SKL-J"],
    "all but a few": lambda s, few: s[~few],
    "first ones": lambda s, few: s.head(7),
    "largest": lambda s, few: s["SKL-J"].nlargest(7),
    "a copy": lambda s, few: s.copy().assign(x=1)[few],
    "numbered anew": lambda s, few: s.reset_index(drop=True)[few],
    "groups": lambda s, few: list(s.groupby(few)),
    "a test a group": lambda s, few: s.groupby(few)["SKL-J"].apply(lambda x: pg.ttest(x, 50)),
    "missing outside": lambda s, few: s["SKL-J"].where(few).dropna(),
    "a text": lambda s, few: s.query("index < 7"),
    "sorted and numbered anew": lambda s, few: s.sort_values("SKL-J", ignore_index=True).head(7),
    "a column sorted": lambda s, few: s["SKL-J"].sort_values(ignore_index=True)[:7].mean(),
    "numbered by an answer": lambda s, few: s.set_index("SKL-J").iloc[:7],
    "all but a few by an answer": lambda s, few: s.set_index("gender")[~few.to_numpy()],
    "with numbers of its own": lambda s, few: s.set_axis(range(5, 5 + len(s))).iloc[:7],
    "stacked": lambda s, few: s.melt(id_vars="gender").head(7),
    "all but a few of those stacked": lambda s, few: s.melt(id_vars="gender").iloc[7:],
    "without a name": lambda s, few: s.rename_axis(None)[few],
    "without a name, numbered anew": lambda s, few: s.rename_axis(index=None).reset_index(drop=True)[few],
    "turned": lambda s, few: s[["SKL-J", "ACC-10"]].T.iloc[:, :7].mean(axis=1),
    "turned twice": lambda s, few: s.T.T.head(7),
    "a row of those turned": lambda s, few: s.set_index("ACC-10")[["SKL-J"]].T.loc["SKL-J"][:7],
    "numbered by two": lambda s, few: s.set_index(["gender", "ACC-10"]).xs("girl").head(7),
    "joined": lambda s, few: pd.concat([s[s["gender"] == g] for g in ("girl", "boy")], ignore_index=True)[:7],
    "numbered in its place": lambda s, few: _numbered_in_its_place(s).tail(7),
}


def _numbered_in_its_place(sample: Any) -> Any:
    copy = sample.copy()
    copy.index = range(len(copy))
    return copy


@pytest.mark.parametrize("name", SLICES)
def test_a_slice_of_a_few_answers_is_refused_when_it_is_made(wb: Any, sample: Any, name: str) -> None:
    """A t-test knows no base: one of 7 answers was printed under the base of all."""
    few = sample["ACC-10"].rank(method="first") <= 7
    assert few.sum() == 7
    with pytest.raises(PublicationRefused, match="a few answers"):
        SLICES[name](sample, few)
    assert len(sample[sample["gender"] == "girl"]) > 25


def test_statistics_of_rows_that_are_numbered_anew_are_no_slices(sample: Any) -> None:
    sorted_rows = sample.sort_values("SKL-J", ignore_index=True)
    for rows in (sample, sorted_rows, sample.rename_axis(None), sample.reset_index(drop=True)):
        means = rows.groupby("gender", observed=True)["SKL-J"].mean()
        assert list(means.index) == ["girl", "boy"] and rows["SKL-J"].describe()["count"] == len(sample)
        assert rows[["SKL-J", "ACC-10"]].corr().shape == (2, 2) and len(rows["gender"].value_counts()) == 2


def _one(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({name: [value] for name, value in columns.items()})


def _plain(sample: Any) -> pd.DataFrame:
    return pd.DataFrame({name: np.asarray(sample[name]) for name in sample})


# Arrays and plain frames know no base: what the gate cannot compute again is not printed.
BASELESS: dict[str, Callable[[Any], pd.DataFrame]] = {
    "a mean of three": lambda s: _one(mean=np.asarray(s["SKL-J"])[:3].mean(), sd=1.5),
    "an answer, scaled": lambda s: _one(x=np.asarray(s["SKL-J"])[0] * 1.7),
    "under a number of answers": lambda s: _one(mean=np.asarray(s["SKL-J"])[:3].mean(), n=len(s)),
    "means of a few": lambda s: pd.DataFrame(s).iloc[:5].mean(numeric_only=True).to_frame("mean"),
    "a few girls": lambda s: _plain(s).query("gender == 'girl'").head(4)[["SKL-J"]].agg(["mean", "std"]),
    "all but three": lambda s: _one(mean=np.asarray(s["SKL-J"])[3:].mean()),
    "a sum": lambda s: _one(total=np.asarray(s["SKL-J"])[:2].sum()),
    "a rank test of a few": lambda s: pg.mwu(np.asarray(s["SKL-J"])[:6], np.asarray(s["SKL-J"])[6:12]),
    "a model of a few": lambda s: pg.linear_regression(_plain(s)[["ACC-10"]][:6], _plain(s)["SKL-J"][:6]),
    "letters as a number": lambda s: _one(t=float(int.from_bytes(b"girl12", "big"))),
    "answers as names": lambda s: pd.DataFrame(
        {f"v{'abcdefghij'[int(x) % 10]}": [1.5] for x in s["SKL-J"].to_numpy()[:9]}
    ),
    "yes and no": lambda s: pd.DataFrame({"who": ["girl", "boy"], "high": [True, False]}),
}


@pytest.mark.parametrize("name", BASELESS)
def test_a_number_of_which_nobody_can_count_the_base_is_refused(
    wb: Any, shown: list[Any], sample: Any, name: str
) -> None:
    with pytest.raises(PublicationRefused, match="nobody can count"):
        wb.table(BASELESS[name](sample), of=sample)
    assert not shown


@pytest.mark.parametrize(
    "made",
    [
        lambda x: pg.ttest(x[:7], 50),
        lambda x: pg.corr(x[:7], x[7:14]),
        lambda x: pg.anova(
            pd.DataFrame({"x": x[:20], "g": list("ab") * 10}), dv="x", between="g", detailed=True
        ),
    ],
)
def test_a_test_that_tells_how_few_it_rests_on_is_refused(wb: Any, sample: Any, made: Any) -> None:
    with pytest.raises(PublicationRefused, match="fewer than 25"):
        wb.table(made(sample["SKL-J"].to_numpy()), of=sample)


def test_rows_of_a_sample_are_no_table_of_a_result(
    wb: Any, shown: list[Any], sample: Any, risks: Any
) -> None:
    """Words without figures may stand beside a result's numbers: but not those of respondents."""
    for rows in (sample[["gender"]], sample["gender"], Sample(sample).head(3)):
        with pytest.raises(PublicationRefused):
            wb.table(rows, of=risks)
    assert not shown


def test_an_answer_of_a_few_in_a_group_closes_a_sample_though_it_is_not_sensitive(wb: Any) -> None:
    rules = replace(wb.sample_rules, private=lambda *_: False)
    everyone = Sample(wb.sample("ACC-03", "gender"))
    girls_who_do_not = everyone[(everyone["gender"] == "girl") & (everyone["ACC-03"] == 0)].index
    assert "fewer than 5 of a group" in rules.against(everyone.drop(girls_who_do_not[4:]))
    assert rules.against(everyone.drop(girls_who_do_not[5:])) == ""


def test_few_answers_print_nothing(wb: Any, shown: list[Any]) -> None:
    scores = Sample(wb.sample("SKL-J", "age_group"))
    assert wb.may_print(scores)
    small, lone = (
        scores.head(24),
        pd.concat(
            [
                scores[scores["age_group"] != "9-11"],
                scores.head(400)[scores.head(400)["age_group"] == "9-11"].head(4),
            ]
        ),
    )
    hurt = Sample(wb.sample("RSK-03", "age_group", "gender"))  # sensitive: a few answers yes in some group
    for few in (small, lone, hurt.head(60)):
        assert not wb.may_print(few)
        with pytest.raises(PublicationRefused):
            wb.table(pd.DataFrame({"t": [1.5]}), of=few)
    assert not shown


def test_a_sample_takes_items_and_is_empty_where_nothing_was_measured(wb: Any) -> None:
    items = wb.sample("SKL-J", items=True)
    assert items.shape[1] == 6  # SKL-J in codebooks/instruments/digicit.yaml
    assert len(wb.sample("SKL-J", "computer_at_home")) == 0
    assert not wb.may_print(wb.sample("RSK-18"))  # needs a recorded clearance
    girls = wb.sample("SKL-J", "gender")
    assert not wb.may_print(girls[girls["gender"] == "girl"])  # a group that nothing can be set against
    with pytest.raises(DataError):
        wb.sample("SKL-Q")


def _labelled(risks: Any, words: str) -> Any:
    axes = GOOD["point"](risks.to_frame())
    axes.set_xlabel(words)
    return axes


CODED = "fddadadadadadb"  # an id in letters, as hex or base64 make it
UNWRITTEN: dict[str, Callable[[Any, Any, str], Any]] = {
    "a remark": lambda wb, risks, words: wb.note(words),
    "the title of a remark": lambda wb, risks, words: wb.note("Plain words.", title=words),
    "a list": lambda wb, risks, words: wb.bullets(["Plain words", words]),
    "a definition": lambda wb, risks, words: wb.definitions("Words", [["Share", words]]),
    "a finding": lambda wb, risks, words: wb.finding(f"{{RSK-01}} of children {words} online."),
    "the title of a table": lambda wb, risks, words: wb.table(risks, title=words),
    "the title of a figure": lambda wb, risks, words: wb.figure(risks, title=words),
    "a cell of a table": lambda wb, risks, words: wb.table(
        risks.to_frame()[["title", "estimate"]].assign(title=words), of=risks
    ),
    "a head of a table": lambda wb, risks, words: wb.table(
        risks.to_frame()[["title", "estimate"]].rename(columns={"title": words}), of=risks
    ),
    "an axis of a chart": lambda wb, risks, words: wb.show(_labelled(risks, words), of=risks),
}


@pytest.mark.parametrize("name", UNWRITTEN)
def test_words_that_nobody_has_written_are_said_by_no_cell_of_a_run(
    wb: Any, shown: list[Any], risks: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """An answer in letters is no number; what people write stands in a workbook, the params or digicit."""
    monkeypatch.setattr(wb.exhibits, "root", wb.root)
    for words in (CODED, "UzAwMDAwMQ==", "ⅣⅦ", "Zyxgirl rural"):
        with pytest.raises(DigicitError, match="nobody has written") as refused:
            UNWRITTEN[name](wb, risks, words)
        assert words not in str(refused.value)
    assert not shown
    UNWRITTEN[name](wb, risks, "talked about risks")
    assert shown


def test_a_result_that_a_cell_has_changed_is_printed_nowhere(wb: Any, shown: list[Any]) -> None:
    for change in ("estimate", "n", "title"):
        result = wb.estimate("RSK-01", "RSK-02", by="gender")
        result.frame[change] = CODED if change == "title" else 7.918273645
        for door in (
            wb.table,
            wb.figure,
            lambda r: wb.table(r.to_frame(), of=r),
            lambda r: wb.show(GOOD["point"](r.frame), of=r),
        ):
            with pytest.raises(PublicationRefused, match="changed after"):
                door(result)
    with pytest.raises(TypeError):
        result.options["csv"] = result.frame
    assert not shown


def test_a_number_stands_above_a_dot_only_where_no_other_dot_does() -> None:
    """PAGES.md, section 2: of eight countries a year the numbers lay upon each other."""
    axes = plt.subplots()[1]
    axes.set_ylim(0, 1)
    spots = [(2024.0, 0.80), (2024.0, 0.85), (2024.0, 0.20), (2023.0, 0.84)]
    assert [has_room(axes, *spot, spots) for spot in spots] == [False, True, True, True]
    plt.close()
