"""What a notebook talks to: exhibits, sentences, gaps, letters and closing, on a small survey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from digicit_lib import synthetic
from digicit_lib.errors import DataError, DigicitError, EvidenceError, ParamsError, PublicationRefused
from digicit_lib.evidence import Evidence, load
from digicit_lib.exhibits.blocks import MIME, SEAL, block_seal
from digicit_lib.safe import file_sha256
from digicit_lib.workbook.door import KINDS, Workbook
from digicit_lib.workbook.exhibits import Exhibits
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_estimates import SurveyEstimates

PARAMS = """
study: {country: TUR, date: 2026-11-01, title: A study, wave: 2026}
population: {ages: [9, 17], base: children}
data:
  survey: {kind: synthetic, seed: 4, n: 600}
  interviews: {kind: synthetic, seed: 4}
design: {weight: weight, strata: stratum, psu: psu}
"""


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    monkeypatch.setattr(Exhibits, "show", lambda self, block: blocks.append(block))
    return blocks


@pytest.fixture(scope="module", autouse=True)
def estimated_once() -> Iterator[None]:
    """Most tests open the same invented survey: what its params decide is drawn and estimated once."""
    made: dict[tuple[object, ...], pd.DataFrame] = {}
    estimated = SurveyEstimates._estimated

    def known(self: SurveyEstimates, by: Any, names: list[str], *, contrasts: bool = True) -> pd.DataFrame:
        if not self.params.is_synthetic("quantitative"):
            return estimated(self, by, names, contrasts=contrasts)
        told = (repr(self.params), self.voice.language, "estimates" in self.__dict__)
        key = (*told, repr(by), *names, contrasts)
        if key not in made:
            made[key] = estimated(self, by, names, contrasts=contrasts)
        return made[key].copy()

    drawn = cache(synthetic.survey)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SurveyEstimates, "_estimated", known)
        patch.setattr(synthetic, "survey", lambda **how: drawn(**how).copy())
        yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "params" / "study.yaml").write_text(PARAMS)
    return tmp_path


@pytest.fixture
def wb(root: Path, shown: list[dict[str, Any]]) -> Any:
    return Workbook.open("study", "quantitative", root=root)


def kinds(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["kind"] for block in blocks]


def test_open_refuses_with_suggestions(root: Path) -> None:
    for words, said in (
        (("study", "quantitive"), "did you mean quantitative?"),
        (("study", "exploratory"), "no data for this phase"),
        (("stdy", "quantitative"), "did you mean study?"),
    ):
        with pytest.raises(DigicitError) as caught:
            Workbook.open(*words, root=root)
        assert said in str(caught.value)
    with pytest.raises(DigicitError, match="Unknown language"):
        Workbook.open("study", "quantitative", language="de", root=root)
    assert {"exploratory", "quantitative", "qualitative"} <= set(KINDS)


def test_a_single_estimate_is_a_sentence_with_its_evidence(wb: Any, shown: list[dict[str, Any]]) -> None:
    """PAGES.md, 8: "A one-row table is a sentence"."""
    wb.table(wb.medians("ACC-10", title="Age at first use, median"))
    wb.table(wb.estimate("ACC-01", "ACC-03"))
    sentence, table = shown
    assert sentence["kind"] == "finding" and (table["kind"], table["number"]) == ("table", 1)
    (number,) = [part for part in sentence["parts"] if isinstance(part, dict)]
    assert number["id"] in wb.evidence.rows and sentence["parts"][0] == "[SYNTHETIC] "
    assert sentence["parts"][1].startswith("Age at first use, median (")
    assert "; 95% interval: " in sentence["parts"][-1] and "; Unweighted n: " in sentence["parts"][-1]


def test_figures_and_tables_are_numbered_apart_and_labelled(wb: Any, shown: list[dict[str, Any]]) -> None:
    daily = wb.estimate("ACC-03", by="gender")
    wb.figure(daily)
    wb.table(daily)
    wb.figure(wb.estimate("ACC-04"), title="At home", key=True)
    assert [(b["kind"], b["number"], b["synthetic"]) for b in shown] == [
        ("figure", 1, True),
        ("table", 1, True),
        ("figure", 2, True),
    ]
    assert shown[2]["title"] == "At home"
    assert shown[2]["key"] is True
    assert all("/SYNTHETIC-" in name for name in shown[0]["files"].values())
    assert b"SYNTHETIC" in wb.exhibits.files[shown[0]["files"]["svg"]]
    assert "girl" in shown[0]["alt"].lower()


def test_estimates_cover_everyone_and_every_breakdown(wb: Any) -> None:
    frame = wb._survey.estimates
    assert set(frame["by"]) == {"", *wb._survey.breakdowns}
    assert frame["id"].is_unique
    everyone = frame[(frame["by"] == "") & (frame["indicator"] == "ACC-01")].iloc[0]
    assert (everyone["n"], everyone["quality"]) == (600, "ok")
    assert "RSK-18" not in set(frame["indicator"])
    # Differences decide about no level: the joint display does without them.
    levels = frame[frame["statistic"] != "diff"]
    alone = SurveyEstimates(wb.params, wb.root, wb.voice, Evidence("study", "quantitative")).levels
    for name in ("indicator", "by", "level", "estimate", "ci_low", "ci_high", "n", "quality", "reason"):
        assert alone[name].fillna(-1).tolist() == levels[name].fillna(-1).tolist()


def test_a_distribution_has_its_categories_and_no_mean(wb: Any) -> None:
    rows = wb._survey.select(["RSK-26"], "")
    assert list(rows["category"]) == ["happy", "neither", "upset"]
    assert set(wb._survey.estimates.loc[wb._survey.estimates["indicator"] == "RSK-26", "statistic"]) == {
        "category"
    }


def test_what_is_not_there_is_named_once(wb: Any, shown: list[dict[str, Any]]) -> None:
    wb.exhibits.collected.clear()
    lost = wb.estimate("ACC-03", by="computer_at_home")
    wb.figure(lost)
    wb.gaps(lost)
    assert kinds(shown) == []
    assert wb.exhibits.collected == ["Computer at home: not recorded"]
    assert "Computer at home: not recorded" in wb.not_measured().frame["Indicators"].tolist()


def test_unknown_names_get_a_suggestion(wb: Any) -> None:
    for call, said in (
        (lambda: wb.estimate("ACC-0"), "ACC-0"),
        (lambda: wb.estimate(section="acces"), "access"),
        (lambda: wb.finding("{ACC-99} do."), "ACC-99"),
    ):
        with pytest.raises(DigicitError) as caught:
            call()
        assert said in str(caught.value)


def test_a_sentence_is_recorded_with_its_evidence(wb: Any, shown: list[dict[str, Any]]) -> None:
    wb.finding("{ACC-03} of children go online every day.")
    finding = wb.evidence.findings[0]
    assert finding.text.startswith("[SYNTHETIC] ")
    assert finding.ids == ("study/quantitative/ACC-03/share/all",)
    with pytest.raises(EvidenceError, match="may not type"):
        wb.finding("Half of children go online.")


def test_a_cell_types_no_number_outside_a_finding(wb: Any, shown: list[dict[str, Any]]) -> None:
    """By whichever door, and past it; the study's own words stand as they are."""
    daily, said = wb.estimate("ACC-03", by="gender"), f"{21 * 2} girls"
    for call in (
        lambda: wb.note(said),
        lambda: wb.note("Few", title=said),
        lambda: wb.exhibits.note(said),
        lambda: wb.bullets(["few", said]),
        lambda: wb.definitions("What", [["girls", said]]),
        lambda: wb.figure(daily, title=said),
        lambda: wb.table(daily, title=said),
        lambda: wb.table(daily.to_frame()[["estimate"]], of=daily, title=said),
        lambda: list(map(wb.note, [said])),
    ):
        with pytest.raises(EvidenceError, match="may not type a number") as refused:
            call()
        assert "##" in str(refused.value) and "42" not in str(refused.value)
    assert kinds(shown) == []
    wb.note(wb.params.study.title)
    wb.note("In 2026, under Article 17, children aged 9 to 17 were asked.")
    wb.figure(daily, title="Girls and boys")
    assert kinds(shown) == ["note", "note", "figure"]


def test_a_titled_note_ends_with_a_full_stop(wb: Any, shown: list[dict[str, Any]]) -> None:
    wb.note("nobody abroad was asked", title="Coverage")
    wb.note("Was anybody abroad asked?", title="Coverage")
    assert [block["text"] for block in shown] == ["Nobody abroad was asked.", "Was anybody abroad asked?"]


def test_a_cell_makes_no_block_of_its_own(root: Path) -> None:
    wb: Any = Workbook.open("study", "quantitative", root=root)
    for block in ({"kind": "note", "text": "42 girls"}, {"kind": "list", "items": ["42 girls"]}):
        for show in (wb.show, wb.exhibits.show):
            with pytest.raises(DigicitError, match="shown of a result"):
                show(block)


def test_a_hidden_number_leaves_a_note(wb: Any, shown: list[dict[str, Any]]) -> None:
    frame = wb._survey.estimates
    row = frame[
        (frame["quality"] == "suppressed") & (frame["statistic"] == "share") & (frame["by"] != "")
    ].iloc[0]
    wb.finding(f"{{{row['id'].split('/', 2)[2]}}} of them did.")
    assert kinds(shown) == ["note"]
    assert not wb.evidence.findings


def test_differences_carry_the_verdict_of_their_family(wb: Any) -> None:
    result = wb.compare("ACC-03", "RSK-01", "OPP-05", by="gender")
    frame = result.frame
    assert set(frame["statistic"]) == {"diff"} and set(frame["m"]) == {len(wb._survey.declared["report"])}
    assert (frame["p_adjusted"] >= frame["p_value"]).all()
    assert (frame["ci_low"] == frame["sim_low"]).all()
    assert (
        "Bonferroni" in result.notes[0]
        and f"all {len(wb._survey.declared['report'])} declared" in result.notes[0]
    )
    core = [
        name for name, i in wb._survey.respondents.indicators.items() if i.core and i.type != "distribution"
    ]
    assert len(wb._survey.declared["report"]) == len(core) * len(wb._survey.breakdowns)


def test_titles_state_what_was_counted_or_found(wb: Any) -> None:
    """Each number is counted or read here again in the frame that the exhibit shows."""
    result = wb.compare(section="activities", by="gender")
    verdicts = result.to_frame()["verdict"].replace("", None).dropna()  # a hidden row was not tested
    assert result.title.endswith(f"shown in {verdicts.isin(['more', 'less']).sum()} of {len(verdicts)}")
    by = wb.estimate(section="activities", by="gender")
    pair = re.fullmatch(r".*?(\d+)%.*?(\d+)%\.?", by.title)
    shares = by.to_frame().pivot(index="indicator", columns="level", values="estimate")
    assert pair and any({f"{100 * x:.0f}" for x in row} == {*pair.groups()} for row in shares.to_numpy())
    assert by.subtitle.startswith("Activities, by gender")
    alone = wb.estimate("ACC-03")
    assert f"{100 * alone.to_frame()['estimate'].iloc[0]:.0f}%" in alone.title


def test_letters_say_what_the_verdicts_say(wb: Any) -> None:
    """The first group against the last: one verdict in the table of letters and in the differences."""
    names = ["ACC-03", "OPP-06", "OPP-02", "RSK-01"]
    table = wb.letters(*names, by="gender").frame.set_index("Indicator")
    verdicts = wb.compare(*names, by="gender").frame.set_index("title")["verdict"]
    expected = {"more": ["B", "·"], "less": ["·", "A"], "not shown": ["·", "·"]}
    assert {title: list(row) for title, row in table.iterrows()} == {
        title: expected[verdict] for title, verdict in verdicts.items()
    }
    assert set(verdicts) > {"not shown"}


def test_tests_models_scales_and_weights_are_tables(wb: Any) -> None:
    assert list(wb.associations("ACC-03", by="age_group").frame.columns)[1] == "F (Rao-Scott)"
    letters = wb.letters("SKL-J", by="age_group")
    assert list(letters.frame.columns)[1:] == ["9–11 (A)", "12–14 (B)", "15–17 (C)"]
    assert "A letter" in letters.notes[0]
    odds = wb.odds("ACC-03", "gender", "age_group")
    assert odds.frame.iloc[0, 0] == "Gender: Boys, against Girls"
    assert wb.reliability("SKL-J").frame.shape == (1, 6)
    assert wb.effect_size("SKL-N", by="gender").frame.shape == (1, 3)
    assert wb.weighting().frame.empty  # used as they were delivered: nothing to compare
    medians = wb.medians("ACC-10", by="age_group").frame
    assert medians["id"].iloc[0] == "study/quantitative/ACC-10/median/age_group=9-11"
    assert medians["ci_low"].le(medians["estimate"]).all()


def test_letters_never_speak_of_a_hidden_group(wb: Any) -> None:
    frame = wb._survey.estimates
    hidden = frame[
        (frame["by"] == "disability") & (frame["quality"] == "suppressed") & (frame["statistic"] == "share")
    ]
    name = str(hidden["indicator"].iloc[0])
    alone = wb.letters(name, by="disability")
    assert alone.frame.empty and "no group is shown" in alone.gaps[0]


def test_calibrated_weights_reach_the_population_counts(root: Path, shown: list[dict[str, Any]]) -> None:
    margins = "{gender: {girl: 490, boy: 510}, residence: {urban: 700, rural: 300}}"
    text = PARAMS.replace("psu: psu}", f"psu: psu, calibration: {{source: census, totals: {margins}}}}}")
    (root / "params" / "study.yaml").write_text(text)
    book: Any = Workbook.open("study", "quantitative", root=root)
    weights = book._survey.design.weights
    girls = (book._survey.respondents.frame["gender"] == "girl").to_numpy()
    assert weights[girls].sum() == pytest.approx(490)
    assert weights.sum() == pytest.approx(1000)
    assert list(book.weighting().frame.iloc[:, 0]) == ["as delivered", "calibrated"]


def test_calibration_names_its_source(root: Path) -> None:
    text = PARAMS.replace("psu: psu}", "psu: psu, calibration: {totals: {gender: {girl: 1, boy: 1}}}}")
    (root / "params" / "study.yaml").write_text(text)
    with pytest.raises(ParamsError, match="1 problem"):
        Workbook.open("study", "quantitative", root=root)


def test_by_hand_closing_writes_nothing_unless_asked(
    wb: Any, shown: list[dict[str, Any]], root: Path
) -> None:
    wb.table(wb.estimate("ACC-03", "ACC-04"))
    wb.close()
    assert not (root / "outputs").exists()
    wb.close(save="mine")
    assert not load(root / "mine").empty
    assert list((root / "mine" / "exhibits").glob("SYNTHETIC-table-01-*.csv"))
    assert kinds(shown)[-1] == "provenance"


def test_closing_needs_evidence_and_a_folder_inside(wb: Any) -> None:
    with pytest.raises(EvidenceError, match="no evidence"):
        wb.close()
    wb.estimate("ACC-03")
    with pytest.raises(DigicitError, match="outside the allowed folder"):
        wb.close(save="../elsewhere")


def test_looking_at_respondents_ends_publication(
    wb: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "weight" not in wb.data.columns
    wb.estimate("ACC-03")
    assert len(wb.respondents()) == 600
    wb.close()
    monkeypatch.setenv("DIGICIT_STAGE", str(tmp_path / "stage"))
    with pytest.raises(PublicationRefused):
        wb.close()


def test_the_design_and_the_sample_tell_counts(wb: Any) -> None:
    facts = wb.design_facts()
    assert (facts["n"], facts["psus"]) == (600, wb._survey.design.report()["psus"])
    for look in (lambda: wb.survey.frame, lambda: wb.design):
        with pytest.raises(PublicationRefused, match="private"):
            look()
    assert wb.survey.warnings == [] and wb.survey.facts["n"] == 600  # of the file, never of its rows
    sample = wb.sample("ACC-03", "gender")
    complete = wb._survey.respondents.frame[["ACC-03", "gender"]].dropna()
    assert len(sample) == len(complete) and type(sample[sample["gender"] == "girl"]) is type(sample)
    column = sample["ACC-03"]
    shown = [repr(sample), str(sample), sample.to_string(), sample.to_html(), sample._repr_html_()]
    assert set(shown) == {f"Sample(n={len(sample)}, columns=['ACC-03', 'gender'])"}
    assert {repr(column), str(column), column.to_string()} == {
        f"SampleColumn(n={len(sample)}, name='ACC-03')"
    }
    with pytest.raises(DataError, match="no such indicator"):
        wb.sample("weight")


def test_a_result_left_as_the_last_line_is_a_block(wb: Any) -> None:
    result = wb.estimate("ACC-03", by="gender")
    shown, sealed = result._repr_mimebundle_()
    assert sealed == {SEAL: block_seal(shown)}
    assert shown[MIME]["kind"] == "grid" and shown[MIME]["title"] == result.title
    assert len(shown[MIME]["rows"]) == 2 and "Girls" in shown["text/html"]
    assert repr(result) == f"Result({result.title!r}, 2 rows)"


def test_methods_say_what_is_not_reported(wb: Any, shown: list[dict[str, Any]]) -> None:
    wb.methods()
    rows = dict(map(tuple, shown[0]["rows"]))
    assert rows["Weighting"].startswith("how weights were made: not reported; the weights add up to")
    assert "Response rate" in rows["Not reported"].split("; ")
    assert "25" in rows["Small numbers"]


def test_no_quotation_appears_without_the_gate(root: Path, shown: list[dict[str, Any]]) -> None:
    book: Any = Workbook.open("study", "qualitative", root=root)
    book.quotations(each=50)
    quoted = [block for block in shown if block["kind"] == "quotation"]
    assert quoted
    assert all(block["text"].startswith("[invented]") for block in quoted)
    refused = book.project.quotations
    texts = {
        book.project.texts[r.source][r.start : r.end] for r in refused.itertuples() if r.approved != "yes"
    }
    assert not texts & {block["text"].removeprefix("[invented] ") for block in quoted}
    unsigned = book.project.reviews.query("signed_on == ''")["source"]
    assert len(unsigned)
    for source in unsigned:
        assert not [b for b in quoted if b["text"].removeprefix("[invented] ") in book.project.texts[source]]


def test_a_real_project_is_pseudonymised_before_anything_else(
    root: Path,
    shown: list[dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, secure = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("secure")
    folder = data / "interviews"
    folder.mkdir()
    (folder / "participants.csv").write_text(
        "pid,session_id,role,sex,age_band,area,quote_ok\nP1,S1,child,girl,9-11,urban,yes\n"
    )
    (folder / "transcripts.csv").write_text(
        "session_id,turn,pid,text,lang\nS1,1,P1,I told Natasha about it.,en\n"
    )
    codes = "code,theme,definition\nHelp,Help,Told someone\nrules,Home,House rules\ntalk,Home,Talk\n"
    (folder / "codebook.csv").write_text(codes)
    columns = "session_id,turn_start,char_start,turn_end,char_end,code,coder_id,round,memo"
    (folder / "codings.csv").write_text(f"{columns}\nS1,1,0,1,14,Help,C1,1,\n")
    (secure / "roster.csv").write_text("real,pseudonym,kind,lang,aliases\nNatasha,Alina,name,en,\n")
    text = PARAMS.replace(
        "interviews: {kind: synthetic, seed: 4}", "interviews: {kind: project, path: interviews}"
    )
    (root / "params" / "study.yaml").write_text(text)
    monkeypatch.setenv("DIGICIT_DATA", str(data))
    monkeypatch.setenv("DIGICIT_ROSTER", str(secure / "roster.csv"))
    book: Any = Workbook.open("study", "qualitative", root=root)
    assert "Natasha" not in book.project.texts["S1"]
    segment = book.project.segments.iloc[0]
    assert book.project.texts["S1"][segment["start"] : segment["end"]] == "I told [Alina]"
    book.quotations()
    assert not [block for block in shown if block["kind"] == "quotation"]
    # A theme that is its only code stands once.
    titles = {block["rows"][0][0]: block["title"] for block in shown if block["kind"] == "definitions"}
    assert titles == {"Help": None, "rules": "Home"}


def test_tests_and_models_are_evidence_that_a_trace_follows(wb: Any, shown: list[dict[str, Any]]) -> None:
    odds = wb.odds("ACC-03", "gender", "age_group")
    wb.table(odds)
    ids = shown[-1]["provenance"]
    assert ids[0] == "study/quantitative/ACC-03/odds:gender=boy" and len(ids) == len(odds.frame)
    row = wb.evidence["ACC-03/odds:gender=boy"]
    assert row.ci_low < row.estimate < row.ci_high and row.p_adjusted >= row.p_value
    # Another model of the outcome names its predictors; the same one again is the same evidence.
    assert wb.odds("ACC-03", "gender").options["table"]["provenance"] == [ids[0] + "/gender"]
    assert wb.odds("ACC-03", "gender", "age_group").options == odds.options
    wb.associations("ACC-03", by="age_group")
    assert wb.evidence["ACC-03/association:age_group/all"].unit == "F"
    wb.reliability("SKL-J")
    assert 0 < wb.evidence["SKL-J/alpha/all"].estimate < 1
    wb.effect_size("SKL-N", by="gender")
    assert wb.evidence["SKL-N/hedges_g:gender=girl-boy"].method == "pingouin, unweighted"


def test_a_model_never_gives_a_hidden_group_back(wb: Any) -> None:
    frame = wb._survey.estimates
    hidden = frame[(frame["by"] == "disability") & (frame["quality"] == "suppressed")]
    name = str(hidden["indicator"][hidden["statistic"] == "share"].iloc[0])
    for result in (wb.odds(name, "disability"), wb.associations(name, by="disability")):
        assert result.frame.empty and "give it back" in result.gaps[0]


def test_primary_comparisons_are_a_family_of_their_own(root: Path, shown: list[dict[str, Any]]) -> None:
    one = "{indicator: RSK-01, by: gender, declared_on: 2026-01-01, where: protocol}"
    (root / "params" / "study.yaml").write_text(PARAMS + f"\nanalysis: {{primary: [{one}]}}\n")
    book: Any = Workbook.open("study", "quantitative", root=root)
    rows = book.compare("RSK-01", "RSK-13", by="gender").frame.set_index("indicator")
    assert rows["family"].tolist() == ["primary", "report"] and rows.loc["RSK-01", "m"] == 1
    assert rows.loc["RSK-13", "m"] == len(book._survey.declared["report"])


def test_changes_since_an_earlier_wave(root: Path, shown: list[dict[str, Any]]) -> None:
    """Two independent draws of one population: variances add, and one family holds all changes."""
    (root / "params" / "before.yaml").write_text(PARAMS.replace("seed: 4", "seed: 8"))
    (root / "params" / "study.yaml").write_text(PARAMS.replace("wave:", "earlier: [before], wave:", 1))
    book: Any = Workbook.open("study", "quantitative", root=root)
    result = book.change()
    before: Any = Workbook.open("before", "quantitative", root=root)
    row = result.frame.set_index("indicator").loc["ACC-03"]
    now, then = (b.evidence["ACC-03"] if len(b._survey.estimates) else None for b in (book, before))
    assert row["estimate"] == pytest.approx(now.estimate - then.estimate)
    assert row["se"] == pytest.approx((now.se**2 + then.se**2) ** 0.5)
    df = row["se"] ** 4 / (now.se**4 / now.df + then.se**4 / then.df)
    assert row["df"] == pytest.approx(df)
    held = book._survey.respondents.indicators
    core = [n for n, i in held.items() if i.core and i.trend and i.type != "distribution"]
    assert row["m"] == len(result.frame) == len(core)
    assert book.evidence[f"ACC-03/share/all/{before.params.study.wave}"].estimate == then.estimate


def test_a_wave_with_another_definition_is_a_break_and_no_change(
    root: Path, shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SurveyEstimates.definition

    def other(self: SurveyEstimates, name: str) -> Any:
        one = real(self, name)
        parted = self.params.slug == "before" and name == "ACC-03"
        return one.model_copy(update={"period": "another one"}) if parted else one

    monkeypatch.setattr(SurveyEstimates, "definition", other)
    (root / "params" / "before.yaml").write_text(
        PARAMS.replace("seed: 4", "seed: 8").replace("2026}", "2022}")
    )
    (root / "params" / "study.yaml").write_text(PARAMS.replace("wave:", "earlier: [before], wave:", 1))
    book: Any = Workbook.open("study", "quantitative", root=root)
    assert "ACC-03" not in set(book.change().frame["indicator"])
    levels = book.change(levels=True)
    assert "a break" in levels.title
    rows = levels.frame[levels.frame["indicator"] == "ACC-03"].sort_values("period")
    assert rows["period"].tolist() == ["2022", "2026"] and rows["break"].tolist() == [True, False]
    assert not levels.frame.loc[levels.frame["indicator"] != "ACC-03", "break"].any()
    book.figure(levels)
    block = shown[-1]
    parted = [row for row in block["table"]["rows"] if "another definition" in str(row)]
    assert len(parted) == 1 and "double stroke: another definition" in block["svg"]


def test_annexes_say_how_far_the_numbers_may_be_trusted(wb: Any) -> None:
    errors = wb.sampling_errors()
    assert list(errors.frame)[:4] == ["Indicator", "Estimate", "Standard error", "CV"]
    assert set(errors.frame["Certainty"]) == {"S", "I", "P"} and "not piloted yet" in errors.notes[1]
    data = errors.options["csv"]
    assert (
        len(data) > len(errors.frame) and (data["Root of it"] ** 2 - data["Design effect"]).abs().max() < 1e-9
    )
    missing = wb.nonresponse().frame
    assert set(missing["Bounds by every missing answer"]) > {""}
    use = wb.first_use().frame
    assert use["estimate"].is_monotonic_increasing and use["n"].is_monotonic_decreasing
    age, first = wb._survey.respondents.frame["age"], wb._survey.respondents.frame["ACC-10"]
    older = ((age > 9) & first.notna()).to_numpy()
    weights = wb._survey.design.weights[older]
    assert use["estimate"].iloc[1] == pytest.approx(
        float(((first[older] <= 9) * weights).sum() / weights.sum())
    )


def test_a_group_that_the_survey_lacks_leaves_a_gap_and_stops_nothing(
    wb: Any, shown: list[dict[str, Any]]
) -> None:
    groups = wb._survey.respondents.breakdowns
    groups["gender"] = ("girl",)
    wb.finding("Girls are {RSK-01/diff:gender=girl-boy|likely} boys to have been treated badly.")
    assert not wb.evidence.findings and "finding" not in kinds(shown)


def test_a_cell_makes_no_result_and_nobody_one_of_respondents(wb: Any) -> None:
    made = "from digicit_lib.workbook.result import Result\nResult(frame, 'x')"
    counts = pd.DataFrame(wb.sample("RSK-13", "gender").groupby("gender", observed=True)["RSK-13"].sum())
    with pytest.raises(PublicationRefused, match="never a frame of a cell"):
        exec(made, {"__name__": "__main__", "frame": counts})
    with pytest.raises(PublicationRefused, match="never a frame of a cell"):
        Result(wb.sample("RSK-13", "gender"), "x")


OWN_RULES = """
title: own survey
programme: own survey
citation: own survey
licence: not stated
where: the study team
population: {base: respondents, ages: [9, 17]}
age: {column: age, range: [0, 120]}
design: {}
indicators:
  TUR-01:
    column: rules
    yes: [Often, Sometimes]
    no: [Never]
    variant: {question: My parents set rules, title: My parents set rules, VARIANT}
  TUR-02:
    column: rules
    yes: [Often]
    no: OTHER
    missing: LOST
    variant: {question: "How often do they set rules?", title: Rules at home, VARIANT}
"""


@pytest.fixture
def waves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: list[dict[str, Any]]) -> Any:
    """Two waves of an own survey: the second counts other answers to the question TUR-02."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "params" / "instruments").mkdir(parents=True)
    rules = OWN_RULES.replace("VARIANT", 'numerator: as mapped, period: "", ages: [9, 17]')
    head = "study: {country: TUR, date: 2026-11-01, title: A study, wave: WAVE}\n"
    for name, wave, no, lost in (
        ("before", 2024, "[Never]", "{dk: [Sometimes]}"),
        ("study", 2026, "[Never, Sometimes]", "{}"),
    ):
        answers = ["Often", "Sometimes", "Never", "Never"] * 50
        pd.DataFrame({"age": [12] * 200, "rules": answers}).to_csv(tmp_path / f"{name}.csv", index=False)
        (tmp_path / f"params/instruments/{name}.yaml").write_text(
            rules.replace("OTHER", no).replace("LOST", lost)
        )
        sha = file_sha256(tmp_path / f"{name}.csv")
        files = f"files: [{{name: {name}.csv, sha256: {sha}, where: here}}]"
        tool = f"instrument: params/instruments/{name}.yaml"
        (tmp_path / f"params/{name}.yaml").write_text(
            head.replace("WAVE", str(wave))
            + "population: {ages: [9, 17], base: children}\n"
            + f"data: {{survey: {{kind: microdata, {tool}, {files}}}}}\n"
        )
    path = tmp_path / "params/study.yaml"
    path.write_text(path.read_text().replace("wave:", "earlier: [before], wave:", 1))
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    return Workbook.open("study", "quantitative", root=tmp_path)


def test_own_questions_are_compared_where_the_same_answers_count(waves: Any) -> None:
    assert waves.change().frame["indicator"].tolist() == ["TUR-01"]


def test_an_exhibit_says_which_answers_of_an_own_question_count(waves: Any) -> None:
    assert waves.estimate("TUR-01").notes[:1] == ("Counted: “Often” or “Sometimes”.",)
    both = waves.estimate("TUR-01", "TUR-02").frame.set_index("indicator")["question_text"]
    assert both["TUR-02"] == "How often do they set rules? Counted: “Often”."


def test_questions_that_name_no_time_stand_beside_those_of_now_without_a_head(waves: Any) -> None:
    now = waves._survey.definition("TUR-01").model_copy(update={"period": "now"})
    story, real = waves._story, waves._survey.definition
    story.survey.definition = lambda name: now if name == "TUR-01" else real(name)
    frame, shared, _ = story.based(waves._survey.select(["TUR-01", "TUR-02"], ""))
    assert "base_text" not in frame and shared == "respondents, ages 9 to 17"
