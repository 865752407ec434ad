"""The desk review of a country: flags, frames, registers, pilot, evidence."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import yaml

from digicit_lib import Workbook
from digicit_lib.codebook import rights
from digicit_lib.errors import LandscapeError
from digicit_lib.evidence import Evidence
from digicit_lib.exhibits.text_tables import as_html, register
from digicit_lib.landscape import (
    PILOT_METHOD,
    Landscape,
    checklist,
    judge_values,
    load_register,
    open_landscape,
    pilot,
    series,
    series_files,
)
from digicit_lib.landscape.registers import GRADES, age_groups
from digicit_lib.params import load_params
from digicit_lib.workbook import review_chapters as chapters
from digicit_lib.workbook import review_law as law_of
from digicit_lib.workbook.review_chapters import headed
from digicit_lib.workbook.review_tables import _listed, _span, platforms, search, search_flow, sources, stamp
from digicit_lib.workbook.statements import reserved
from digicit_lib.workbook.voice import Voice

ROOT = Path(__file__).resolve().parents[1]
GROUP = ("POL", "ROU", "BGR", "GEO", "AZE", "KAZ")
STUDIES = {"turkey": "TUR", "ukraine": "UKR", "russia": "RUS"}
DATE = dt.date(2026, 11, 1)


@lru_cache
def review(study: str = "turkey", data: Path | str = "", **spec: Any) -> Landscape:
    given = SimpleNamespace(**{"folder": f"params/landscape/{study}", "comparison": GROUP, **spec})
    return open_landscape(given, ROOT, country=STUDIES[study], date=DATE, data=data)


def tidy(tmp_path: Path, text: str, name: str = "t.csv", **terms: str) -> pd.DataFrame:
    (tmp_path / name).write_text("country,year,value,by,level,unit,vintage\n" + text, encoding="utf-8")
    return series(tmp_path / name, "tidy", **{"indicator": "X", "citation": "Someone (2025)", **terms})


def flags_of(frame: pd.DataFrame, year: int = 2026) -> tuple[pd.DataFrame, set[str]]:
    rows, flags = judge_values(frame, year)
    return rows, set(flags["flag"])


# --- flags ----------------------------------------------------------------------------------------------


def test_a_year_with_two_values_is_withheld_and_told(tmp_path: Path) -> None:
    rows, flags = judge_values(
        tidy(tmp_path, "TUR,2020,40,,,percent,\nTUR,2020,44,,,percent,\nTUR,2021,45,,,percent,\n"), 2026
    )
    assert list(rows["quality"]) == ["suppressed", "suppressed", "ok"]
    told = flags[flags["flag"] == "two_values"]
    assert list(told["row"]) == [2, 3] and set(told["country_name"]) == {"Türkiye"}


def test_a_repeated_row_counts_once(tmp_path: Path) -> None:
    rows, flags = flags_of(tidy(tmp_path, "TUR,2020,40,,,percent,\nTUR,2020,40,,,percent,\n"))
    assert len(rows) == 1 and flags == {"row_repeated"} and rows["quality"].iloc[0] == "ok"


def test_impossible_percentages_and_rates_that_may_pass_100(tmp_path: Path) -> None:
    text = "TUR,2020,104,,,percent,\nTUR,2021,-1,,,percent,\n"
    rows, flags = flags_of(tidy(tmp_path, text))
    assert set(rows["quality"]) == {"suppressed"} and flags == {"impossible_percentage"}
    rows, flags = flags_of(tidy(tmp_path, "TUR,2020,104,,,,\n", indicator="IT.CEL.SETS.P2"))
    assert set(rows["quality"]) == {"ok"} and not flags


def test_mixed_units(tmp_path: Path) -> None:
    text = "TUR,2020,40,,,percent,\nTUR,2021,0.42,,,share,\n"
    rows, flags = flags_of(tidy(tmp_path, text))
    assert flags == {"mixed_units"} and list(rows["quality"]) == ["ok", "suppressed"]


def test_stale_series_projections_and_other_calendars(tmp_path: Path) -> None:
    rows, flags = flags_of(tidy(tmp_path, "TUR,2015,30,,,percent,\nTUR,2016,40,,,percent,\n"))
    assert flags == {"ends_long_ago"} and list(rows["quality"]) == ["ok", "caution"]
    assert not flags_of(tidy(tmp_path, "TUR,2017,40,,,percent,\n"))[1]
    rows, flags = flags_of(tidy(tmp_path, "NPL,2076,47,,,percent,\n"))
    assert flags == {"year_after_study"} and rows["quality"].iloc[0] == "suppressed"
    rows, flags = flags_of(tidy(tmp_path, "TUR,2030,9,,,,\n", indicator="SP.POP.AGE"))
    assert flags == {"projection"} and rows["quality"].iloc[0] == "caution"


def test_vintages_that_disagree_are_shown_and_the_newest_stands(tmp_path: Path) -> None:
    text = "TUR,2020,40,,,percent,2024\nTUR,2020,44.5,,,percent,2025\n"
    text += "TUR,2021,50,,,percent,2024\nTUR,2021,50.004,,,percent,2025\n"
    rows, flags = judge_values(tidy(tmp_path, text), 2026)
    assert list(rows["superseded"]) == [True, False, True, False]
    assert list(flags["detail"]) == ["vintages?old=40&new=44.5"]  # rounding is no disagreement


def test_marks_of_a_citation(tmp_path: Path) -> None:
    text = "TUR,2020,40,,,percent,\n"
    assert flags_of(tidy(tmp_path, text, citation="Someone"))[1] == {"citation_without_year"}
    for bad in ("<script>x</script> 2020", "=HYPERLINK(1) 2020", "@SUM(1) 2020"):
        assert flags_of(tidy(tmp_path, text, citation=bad))[1] == {"markup_in_citation"}


def test_total_outside_its_parts(tmp_path: Path) -> None:
    text = "TUR,2020,24,,,percent,\nTUR,2020,100,residence,rural,percent,\n"
    text += "TUR,2020,29,residence,urban,percent,\n"
    rows, flags = flags_of(tidy(tmp_path, text))
    assert flags == {"outside_parts"} and sorted(rows["quality"]) == ["caution", "ok", "ok"]


# --- series of a country ----------------------------------------------------------------------------------


def test_series_are_evidence_that_leads_back_to_the_file() -> None:
    store, turkey = Evidence("turkey", "exploratory"), review()
    store.add(turkey.series("IT.NET.USER.ZS"))
    found = store["turkey/exploratory/IT.NET.USER.ZS/value/all/2023"]
    assert found.estimate == pytest.approx(0.8596) and found.unit == "share" and found.licence == "CC BY 4.0"
    text = (ROOT / "digicit_lib/codebooks/landscape" / found.file).read_text(encoding="utf-8").splitlines()
    line = text[int(found.row) - 1]
    assert line.startswith("Türkiye,TUR,") and ",85.96," in line
    assert "World Bank" in found.source and "last three months" in found.question
    assert store["IT.NET.USER.ZS/value/country=POL/2024"].estimate == pytest.approx(0.8858)


def test_latest_mixes_no_projection_and_tells_mixed_years() -> None:
    turkey = review()
    latest = turkey.latest("IT.NET.USER.ZS")
    assert list(latest["country"]) == ["TUR", *GROUP] and not latest["projection"].any()
    flags = turkey.flags()
    mixed = flags[flags["flag"] == "mixed_years"].set_index("indicator")["detail"]
    assert mixed["IT.NET.USER.ZS"] == "years?low=2023&high=2024"
    assert "definition_changed" in set(flags["flag"])
    with pytest.raises(LandscapeError, match="not in this desk review"):
        turkey.series("IT.NET.USER.ZS", ["Kenya"])


def test_youth_population_adds_up(shared: Path) -> None:
    path = shared / "data/population_wpp2019_ddf/population_country-792.csv"
    raw = pd.read_csv(path).query("time == 2020 and 9 <= age1yearinterval <= 17")["population"].sum() * 1000
    turkey = review()
    youth = turkey.youth((9, 17), year=2020).set_index(["indicator", "level"])
    assert youth.loc[("SP.POP.YOUTH", ""), "estimate"] == pytest.approx(raw, rel=1e-4)
    girls, boys = (
        youth.loc[("SP.POP.YOUTH", "female"), "estimate"],
        youth.loc[("SP.POP.YOUTH", "male"), "estimate"],
    )
    assert girls + boys == pytest.approx(youth.loc[("SP.POP.YOUTH", ""), "estimate"])
    # 9 to 17 year olds over 84 339 067, the sum of the whole column for 2020.
    assert youth.loc[("SP.POP.YOUTH.ZS", ""), "estimate"] == pytest.approx(raw / 84_339_067, rel=1e-4)
    now = turkey.population()
    assert len(now) == 50 and set(now["period"]) == {"2026"} and set(now["quality"]) == {"caution"}


def test_school_connectivity_is_read_when_there_and_else_told(shared: Path) -> None:
    absent = review("ukraine")
    assert [m["indicator"] for m in absent.missing] == ["UNICEF.SCHOOL.CONNECTIVITY"]
    assert (
        "data.unicef.org" in absent.missing[0]["where"] and "UNICEF.SCHOOL.CONNECTIVITY" not in absent.codes()
    )
    present = review("ukraine", data=shared / "data")
    found = present.latest("UNICEF.SCHOOL.CONNECTIVITY", ["UKR"])
    assert found["estimate"].iloc[0] == pytest.approx(0.71) and "urban_only" in found["reason"].iloc[0]
    assert not present.missing and present.files[-1]["name"].startswith("School-Age")
    flags = set(review("turkey", data=shared / "data").flags()["flag"])
    assert {"row_repeated", "ends_long_ago"} <= flags


def test_files_named_in_the_params(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("country,year,value\nTUR,2023,90\nTUR,2025,91\n", encoding="utf-8")
    entry = SimpleNamespace(file="own.csv", format="tidy", indicator="IT.NET.USER.ZS", vintage="2026")
    turkey = review.__wrapped__(data=tmp_path, series=(entry,))
    rows = turkey.series("IT.NET.USER.ZS", ["TUR"]).set_index("period")
    assert rows.loc["2025", "estimate"] == pytest.approx(0.91)
    assert "vintages_disagree" in set(turkey.flags()["flag"])
    with pytest.raises(LandscapeError, match="not there"):
        review.__wrapped__(data="", series=(entry,))
    with pytest.raises(Exception, match="outside the allowed folder"):
        series_files(SimpleNamespace(series=(SimpleNamespace(file="../x.csv", format="tidy"),)), tmp_path)


def test_any_un_member_gets_a_complete_review_from_nothing() -> None:
    kenya = open_landscape(None, ROOT, country="Kenya", date=DATE, data="")
    assert kenya.name == "Kenya" and "UGA" in kenya.comparison and len(kenya.latest("IT.NET.USER.ZS")) > 10
    assert set(kenya.legal()["answer"]) == {"unknown"} and set(kenya.gap_grid()["quality"]) == {"none"}
    empty = (
        kenya.sources(),
        kenya.facts(),
        kenya.platforms(),
        kenya.stakeholders(),
        kenya.cautions(),
        kenya.search(),
        kenya.population(),
        kenya.youth((9, 17)),
        kenya.facts("risks"),
    )
    assert all(frame.empty for frame in empty)
    assert set(kenya.timeline()["kind"]) == {"connectivity"}
    for wrong in ("World", "Atlantis"):
        with pytest.raises(LandscapeError):
            open_landscape(None, ROOT, country=wrong, date=DATE, data="")


# --- registers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("study", STUDIES)
def test_starter_registers_claim_nothing_unverified(study: str) -> None:
    country = review(study)
    legal = country.legal()
    told = legal[legal["answer"] != "unknown"]
    assert len(legal) == 42 and (legal["citation"] != "").any()
    assert set(told["status"]) == {"documented"} and "verified" not in set(legal["status"])
    Evidence(study, "exploratory").add(country.facts())  # ids are unique
    assert country.facts()["source"].str.len().gt(20).all()
    grid = country.gap_grid()
    assert len(grid) == 7 * 3 and "none" in set(grid["quality"])
    actors = country.stakeholders()
    assert actors["invented"].map(lambda made: {"influence", "interest"} <= set(made)).all()
    assert actors["name"].str.startswith("[invented]").any()
    assert len(country.cautions()) >= 3 and country.timeline()["date"].is_monotonic_increasing
    assert (country.platforms()["owner"] == "not yet reviewed").all()


def test_facts_carry_breaks_and_weak_sources() -> None:
    facts = review().facts("access").set_index(["indicator", "level", "period"])
    assert facts.loc[("TUIK.NET", "", "2024"), "reason"] == "press_report;broken_series"
    assert facts.loc[("TUIK.NET", "", "2024"), "estimate"] == pytest.approx(0.913)
    polls = review("ukraine").facts("risks").set_index("indicator")
    assert polls.loc["UREPORT.BULLY", "reason"] == "opt_in_source;press_report"


def write(folder: Path, name: str, text: str) -> Path:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_an_answer_needs_citation_verifier_and_date(tmp_path: Path) -> None:
    text = (
        "legal:\n- {item: 1, answer: 'yes', citation: Law 1, verified_by: Lawyer, verified_on: 2026-01-02}\n"
    )
    text += "- {item: 2, answer: 'no', citation: Law 2 of 2020}\n- {item: 3, answer: 'yes', verified_by: B}\n"
    rows = checklist(load_register(write(tmp_path, "legal", text), "legal")).set_index("item")
    assert (rows.loc[1, "answer"], rows.loc[1, "status"]) == ("yes", "verified")
    assert list(rows.loc[[2, 3, 4], "answer"]) == ["unknown"] * 3
    twice = write(tmp_path, "legal", "legal:\n- {item: 1}\n- {item: 1}\n")
    with pytest.raises(LandscapeError, match="answered twice"):
        checklist(load_register(twice, "legal"))


def test_a_documented_answer_needs_the_passage_its_address_and_the_day(tmp_path: Path) -> None:
    read = "citation: Law 5, where: 'https://a.org', read_on: 2026-11-28"
    rows = [
        "{item: 31, stage: bill, stage_on: 2026-03-04, superseded_on: 2026-04-23}",
        f"{{item: 31, answer: partly, quoted: under 15, stage: passed, stage_on: 2026-04-23, {read}}}",
        f"{{item: 35, answer: 'yes', {read}}}",
    ]
    text = "legal:\n" + "".join(f"- {row}\n" for row in rows)
    found = checklist(load_register(write(tmp_path, "legal", text), "legal")).set_index("item")
    assert (found.loc[31, "answer"], found.loc[31, "status"]) == ("partly", "documented")
    assert [str(past["stage_on"]) for past in found.loc[31, "before"]] == ["2026-03-04"]
    assert found.loc[35, "answer"] == "unknown"  # nothing is quoted


@pytest.mark.parametrize("study", STUDIES)
def test_a_figure_stands_in_the_passage_that_was_read(study: str) -> None:
    facts = review(study).facts()
    read = facts[facts["quote"].fillna("") != ""]
    assert len(read) >= 12  # issue 18: at least twelve new facts a country, each with its passage
    assert read.loc[read["section"] == "risks", "indicator"].nunique() >= 8  # and eight on risks
    spelled = {"KASP.BULLY": "каждый десятый", "FID.RISKS": "половина", "UNICEF.MET": "Forty per cent"}
    for fact in read.to_dict("records"):
        number = (
            f"{100 * fact['estimate'] if fact['unit'] == 'share' else fact['estimate']:.1f}".removesuffix(
                ".0"
            )
        )
        forms = {number, number.replace(".", ","), spelled.get(fact["indicator"], number)}
        forms |= {f"{number}.0", f"{number},0"}
        assert any(form in fact["quote"] for form in forms), fact["indicator"]
        assert str(fact["where"]).startswith("http") and fact["read_on"] is not None, fact["indicator"]


@pytest.mark.parametrize("study", [*STUDIES, "examples/turkey_pisa2018"])
def test_a_report_is_not_older_than_what_it_read(study: str) -> None:
    """A page of 1 November said "passages were read to 29 November"."""
    params = yaml.safe_load((ROOT / f"params/{study}.yaml").read_text(encoding="utf-8"))
    country = review(study.split("/")[-1].split("_")[0])
    assert str(params["study"]["date"]) >= max(country.read()[1:])


@pytest.mark.parametrize("study", STUDIES)
def test_no_page_contradicts_the_register(study: str) -> None:
    country = review(study)
    sources, grid = country.sources(), country.gap_grid().set_index(["construct", "age_group"])
    # A topic and age that a source holds is never shown as without a study; a figure needs its topic there.
    for source in sources[sources["ages"].notna()].to_dict("records"):
        for topic in source["measured"] if source["sampling"] in GRADES else ():
            for group, (low, high) in age_groups(9, 17).items():
                if source["ages"][0] <= high and source["ages"][1] >= low:
                    assert grid.loc[(topic, group), "coverage"] != "none", (source["id"], topic, group)
    raw, held = load_register(country.folder, "facts"), sources.set_index("id")
    for fact in raw.to_dict("records"):
        assert fact["section"] in held.loc[fact["source"], "measured"], fact["id"]
        assert fact["year"] <= held.loc[fact["source"], "year"], fact["id"]
    shown = country.facts()
    assert [
        round(x * (100 if u == "share" else 1), 6)
        for x, u in zip(shown["estimate"], shown["unit"], strict=True)
    ] == list(raw["value"].astype(float))


def test_a_real_study_shows_nothing_that_was_made_up_for_a_demonstration() -> None:
    actors = review(invented=False).stakeholders()
    assert len(actors) and not actors["name"].str.startswith("[invented]").any()
    assert set(actors["influence"]) == {"not yet reviewed"}  # a rating that nobody gave


def test_the_flow_counts_the_log_and_the_stamp_says_the_days() -> None:
    country, voice = review(), Voice("en")
    table = search_flow(country, voice)
    counted = table.frame.set_index("title")["estimate"]
    log = country.search()
    assert counted["Records that the searches gave"] == log["found"].sum() > counted["Records kept"] > 0
    assert counted[["Records read whole", "Left out after reading"]].isna().all()  # nobody wrote it down
    assert table.subtitle == f"{len(log)} searches of the log"
    assert table.notes[0].startswith("Passages were read from 28 November 2026 to 30 November 2026.")
    nobody = open_landscape(None, ROOT, country="Kenya", date=DATE, data="")
    assert search_flow(nobody, voice).frame.empty
    assert search(nobody, voice).gaps == ()  # without a source there is no list either


def test_what_the_paper_forbids_stands_in_no_register() -> None:
    """CONTENT-2026: figures against the study they name (section 1), a survey without a year (7)."""
    for path in (ROOT / "params" / "landscape").rglob("*.yaml"):
        text = path.read_text("utf-8")
        assert not [site for site in ("thewitnesstimes", "kryvyirih") if site in text], path.name
        assert "23,500" not in text and "23 500" not in text, path.name  # the pupils of that survey


def test_the_sides_of_a_pyramid_and_the_ages_of_the_grid_are_named_as_in_print() -> None:
    from digicit_lib.params import load_params
    from digicit_lib.workbook.exploratory import Exploratory

    book = Exploratory(load_params("ukraine", ROOT), ROOT, "uk")
    assert "Жінки та дівчата, 0" in set(book.youth().frame["level_label"])
    assert set(book.gap_grid().frame["level_label"]) == {"9–11", "12–14", "15–17"}


@pytest.mark.parametrize("language", ["en", "tr"])
def test_every_register_carries_its_age(language: str) -> None:
    """CONTENT-2026, section 6: "read on …; nothing newer was looked for since …" on each of them."""
    from digicit_lib.params import load_params
    from digicit_lib.workbook.exploratory import Exploratory

    book = Exploratory(load_params("turkey", ROOT), ROOT, language)
    since = book.say("Nothing newer was looked for since {day}.", day=book.voice.cell("2026-11-30"))
    registers = [
        book.known(),
        book.cautions(),
        book.search(),
        book.initiatives(),
        book.sources(),
    ]
    assert book.flow().notes[-1].endswith(since)
    registers += [book.platforms(), book.legal(), book.timeline(), book.stakeholders(), book.gap_grid()]
    for one in registers:
        # `always`: a note that every exhibit prints, though another one has printed it before.
        assert len(one.frame) and one.options["always"][-1].endswith(since), one.title
    days = {"first": book.voice.cell("2026-11-28"), "last": book.voice.cell("2026-11-30")}
    day = book.say("Passages were read from {first} to {last}.", **days)
    for one in (book.known(), book.legal()):
        assert one.options["always"] == (f"{day} {since}",), one.title
    used = book.platforms().frame.to_csv()  # platforms.yaml: share_year 2024, a year and no count
    assert ", 2024 (" in used and not re.search("2[.,]024", used)
    nobody = open_landscape(None, ROOT, country="Kenya", date=DATE, data="")
    assert stamp(nobody, Voice(language)) == ""


def test_a_heading_is_in_the_language_of_its_page() -> None:
    """A citation in English names its row on an English page; else it stands beneath, marked as English."""
    for language in ("ru", "uk", "tr"):
        voice = Voice(language)
        frame = sources(review(), voice).frame
        heads, cited = frame.iloc[:, 0].tolist(), frame[voice.say("Source")]
        assert all(head.startswith(voice.say("Study {n}, {year}: {topics}")[:5]) for head in heads)
        for cell in cited:
            text = cell["text"]
            assert text and cell["lang"] == ("en" if text.isascii() else cell["lang"])
        assert not {cell["text"] for cell in cited} & set(heads)
    assert voice.say("Source") not in sources(review(), Voice("en")).frame
    block = {"columns": [{"label": h, "align": "left"} for h in "ABCD"], "row_headers": 1}
    block["rows"] = [["1", {"text": "x" * 70, "lang": "en"}, "a", "b"]]
    assert (table := register(block)) and '<span lang="en" dir="auto">xxx' in as_html(table)


def test_the_names_of_one_register_stand_all_above_or_all_beside() -> None:
    """Each row chose for itself, so that one register had names above and beside its sentences in turn."""
    columns = [{"label": name, "align": "left"} for name in "ABCD"]
    for names, above in ((("x" * 61, "y" * 70, "z"), True), (("x" * 61, "y", "z"), False)):
        rows = [[name, name + "s" * 90, "b", name] for name in names]
        table = register({"columns": columns, "rows": rows, "row_headers": 1})
        assert table and [entry.above for group in table.groups for entry in group.entries] == [above] * 3


FACT = """facts:
- {id: A, section: risks, title: t, value: 1, unit: percent, base: b, year: 2020, source: lost}
"""
SOURCE = (
    "{id: a, citation: Someone (2020), year: 2020, population: all, sampling: probability, measured: [risks]"
)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("sources", f"sources:\n- {SOURCE.replace('(2020)', '')}}}\n", "line 2: `citation` names no year"),
        ("sources", f"sources:\n- {SOURCE.replace('year: 2020', 'note: x')}}}\n", "`year` is missing"),
        ("sources", f"sources:\n- {SOURCE.replace('Someone', '<b>Someone</b>')}}}\n", "holds markup"),
        ("sources", f"sources:\n- {SOURCE.replace('Someone', '=HYPERLINK')}}}\n", "begins like a formula"),
        ("sources", f"sources:\n- {SOURCE.replace('[risks]', '[risk]')}}}\n", "got risk"),
        ("sources", f"sources:\n- {SOURCE}, ages: [15, 9]}}\n", "two ages"),
        ("sources", f"sources:\n- {SOURCE}, samplng: x}}\n", "did you mean `sampling`"),
        ("sources", f"sources:\n- {SOURCE}, n: many}}\n", "is whole, not str"),
        ("stakeholders", "stakeholders:\n- {name: A, type: NGO, contact_role: ask a@b.org}\n", "e-mail"),
        ("stakeholders", "stakeholders:\n- {name: A, type: NGO, note: call +90 312 555 0101}\n", "telephone"),
        ("stakeholders", "stakeholders:\n- {name: A, type: NGO, influence: 6}\n", "between 1 and 5"),
        ("platforms", "platforms:\n- {name: A, share: 40}\n", "a share needs share_base, share_year, source"),
        ("platforms", "platforms:\n- {name: A, share: 140}\n", "between 0 and 100"),
        ("facts", FACT.replace("value: 1", "value: 101"), "percentage outside 0 to 100"),
        ("legal", "legal:\n- {item: 43}\n", "between 1 and 42"),
        ("legal", "legal:\n- {item: 1, answer: maybe}\n", "got maybe"),
        ("timeline", "timeline:\n- {date: soon, kind: policy, event: e, citation: c}\n", "names no year"),
        ("legal", "legal:\n- {item: 1, verified_on: 2099-01-01}\n", "has come; got 2099-01-01"),
        ("legal", "legal: {item: 1}\n", "one list of entries"),
        ("legal", "law:\n- {item: 1}\n", "one list of entries"),
        ("legal", "legal:\n- {item: 1, item: 2}\n", "Duplicate key"),
    ],
)
def test_bad_registers(name: str, text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(LandscapeError) as error:
        load_register(write(tmp_path, name, text), name)
    assert said in str(error.value) and name in str(error.value)


def test_every_problem_of_a_register_is_told_at_once(tmp_path: Path) -> None:
    text = "stakeholders:\n- {name: A, type: bank}\n- {type: NGO}\n"
    with pytest.raises(LandscapeError, match=r"2 problem\(s\)(?s:.*)line 2(?s:.*)line 3: `name` is missing"):
        load_register(write(tmp_path, "stakeholders", text), "stakeholders")


def test_a_fact_needs_its_source(tmp_path: Path) -> None:
    write(tmp_path, "facts", FACT)
    spec = SimpleNamespace(folder=".", comparison=(), series=())
    with pytest.raises(LandscapeError, match="unknown source"):
        open_landscape(spec, tmp_path, country="TUR", date=DATE, data="").facts()


# --- pilot --------------------------------------------------------------------------------------------------


def test_a_pilot_is_described_and_never_estimated() -> None:
    answers = pd.DataFrame({"ACC-03": [1.0, 0.0, 1.0, None], "gender": ["girl", "girl", "boy", "boy"]})
    frame = pilot(answers, {"ACC-03": "Online daily"}, by=("", "gender"), data_kind="synthetic")
    assert list(frame["level"]) == ["", "boy", "girl"] and list(frame["n"]) == [3, 1, 2]
    assert list(frame["estimate"].round(3)) == [0.667, 1.0, 0.5] and frame["missing_share"].iloc[0] == 0.25
    assert set(frame["method"]) == {PILOT_METHOD} and frame[["se", "ci_low", "ci_high"]].isna().all(axis=None)
    assert set(frame["quality"]) == {"caution"} and frame["reason"].str.contains("opt_in_pilot").all()
    with pytest.raises(LandscapeError, match="lacks a column"):
        pilot(answers, {"ACC-04": "x"})


# --- params -------------------------------------------------------------------------------------------------

KENYA = """study: {country: KEN, date: 2026-11-01, title: Children online, wave: 2026, phases: [exploratory]}
population: {ages: [9, 17], base: children aged 9 to 17}
data:
  landscape:
    kind: files
    comparison: [UGA, TZA, RWA]
    series:
      - {file: net.csv, format: tidy, indicator: IT.NET.USER.ZS, vintage: "2026", access_date: 2026-10-01}
"""


def test_a_params_file_of_nine_lines_opens_a_new_country(tmp_path: Path) -> None:
    for name in ("params", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "params/kenya.yaml").write_text(KENYA, encoding="utf-8")
    (tmp_path / "data/net.csv").write_text("country,year,value\nKEN,2025,40\n", encoding="utf-8")
    params = load_params("kenya", tmp_path)
    spec = params.data.landscape
    kenya = open_landscape(spec, tmp_path, country="KEN", date=params.study.date, data=tmp_path / "data")
    newest = kenya.latest("IT.NET.USER.ZS").set_index("country")
    assert (
        newest.loc["KEN", "estimate"] == pytest.approx(0.4)
        and newest.loc["KEN", "access_date"] == "2026-10-01"
    )
    assert list(newest.index) == ["KEN", "UGA", "TZA", "RWA"] and len(kenya.legal()) == 42
    assert len(KENYA.splitlines()) <= 40


# --- chapters from the registers ------------------------------------------------------------------------


def register_folder(tmp_path: Path, **registers: str) -> Path:
    """A project below `tmp_path` whose folder of registers holds these files."""
    folder = tmp_path / "params"
    folder.mkdir()
    for name, entries in registers.items():
        (folder / f"{name}.yaml").write_text(f"{name}:\n{entries}", encoding="utf-8")
    return tmp_path


def chapters_of(root: Path) -> Landscape:
    spec = SimpleNamespace(folder="params", comparison=GROUP)
    return open_landscape(spec, root, country="TUR", date=DATE, data="")


GOOD = (
    "- {id: a, citation: A survey (2024), year: 2024, population: pupils, ages: [9, 17], n: 900, "
    "sampling: probability, measured: [skills], basis: read}\n"
)
POLL = (
    "- {id: p, citation: A poll (2025), year: 2025, population: users, ages: [9, 17], sampling: opt-in, "
    "measured: [risks], basis: press}\n"
)
FIGURES = "".join(
    f"- {{id: {name}, section: {section}, title: {title}, value: {value}, unit: percent, base: {base}, "
    f"year: {year}, source: {source}{more}}}\n"
    for name, section, title, value, base, year, source, more in [
        ("X", "skills", "Check", 61, "pupils", 2020, "a", ""),
        ("X", "skills", "Check", 64, "pupils", 2024, "a", ""),
        ("X", "skills", "Check", 70, "girls", 2024, "a", ", by: gender, level: girl"),
        ("Y", "risks", "Met an insult", 33, "users", 2025, "p", ""),
        ("Z", "risks", "Saw a fraud", 12, "users", 2025, "p", ""),
    ]
)


def test_chapters_say_the_newest_figure_of_all_by_source_and_grade(tmp_path: Path) -> None:
    country, voice = chapters_of(register_folder(tmp_path, sources=GOOD + POLL, facts=FIGURES)), Voice("en")
    assert chapters.stated(country, voice, ("skills",)) == {
        "A survey (2024) (grade A)": ["Check: 64% of pupils, 2024."]
    }
    assert list(chapters.stated(country, voice, ("risks",))) == ["A poll (2025) (grade D)"]


def test_a_conclusion_names_a_figure_only_of_a_strong_source(tmp_path: Path) -> None:
    country, voice = chapters_of(register_folder(tmp_path, sources=GOOD + POLL, facts=FIGURES)), Voice("en")
    skills, risks, silent, law = chapters.conclusions(country, voice)
    assert skills.endswith("best grade: A. Check: 64% of pupils, 2024.")
    assert risks == "Risks. Kinds of figures: 2; sources: 1; years: 2025; best grade: D."
    assert (
        silent == "No figure in the register is on: access; activities; harm and coping; mediation; rights."
    )
    assert law.startswith("Law and policy: 0 of 42 items")


def test_what_is_not_known_tells_never_measured_from_weak_and_from_old(tmp_path: Path) -> None:
    old = GOOD.replace("id: a", "id: o").replace("2024", "2011").replace("skills", "rights")
    ageless = POLL.replace("id: p", "id: q").replace(" ages: [9, 17],", "").replace("risks", "activities")
    country = chapters_of(register_folder(tmp_path, sources=POLL + old + ageless, facts="[]"))
    lines = chapters.unknown(country, Voice("en"), ("activities", "risks", "rights", "mediation"))
    assert lines == [
        "Mediation, ages 9–11, 12–14, 15–17: no study is in the register.",
        "Activities, ages 9–11, 12–14, 15–17: only a study whose ages are not reported.",
        "Rights, ages 9–11, 12–14, 15–17: the newest study is ten years old or older (of 2011).",
        "Risks, ages 9–11, 12–14, 15–17: the register has no probability sample of the last ten years.",
    ]
    empty = open_landscape(None, ROOT, country="Kenya", date=DATE, data="")
    assert chapters.unknown(empty, Voice("en"), ("risks",)) == []  # the summary says it, once


def test_a_measure_is_said_with_how_far_it_was_checked_and_what_is_asked_of_it(tmp_path: Path) -> None:
    law = (
        "- {item: 31, answer: partly, citation: A law (2026), quoted: words, where: x.example, "
        "read_on: 2026-11-01, stage: passed, stage_on: 2026-04-23, tension: Two rights meet}\n"
        "- {item: 9, answer: 'no', citation: A code (2020), verified_by: A. B., verified_on: 2026-10-01}\n"
        "- {item: 16, answer: 'yes', citation: Recalled only}\n"
        "- {item: 14, answer: 'yes', citation: No day (2026), quoted: words, where: x.example, "
        "read_on: 2026-11-01, stage: passed}\n"
    )
    country, voice = chapters_of(register_folder(tmp_path, legal=law)), Voice("en")
    measure, rest = law_of.measures(country, voice)
    assert "not checked by a lawyer (A law (2026)). Stage: passed, 23 April 2026. Tension" in measure
    assert set(law_of.legal(country, voice).frame["Stage"]) == {"", "passed", "passed, 23 April 2026"}
    assert rest.startswith("On 9 of 10 items that may touch expression")
    assert measure.endswith("Tension: two rights meet.")
    assert law_of.asks(country, voice) == {
        law_of.COMPLETE: ["Cyberbullying is defined in law or school rules (item 9: no; norm: GC25 25, 81)"],
        law_of.WEIGH: [
            "Minimum age for social media or games is set by law "
            "(item 31: partly; norm: CRC 13, 15, 17; GC25 59, 114)"
        ],
    }


def test_the_reader_sees_the_passage_its_address_and_the_day(tmp_path: Path) -> None:
    law = (
        "- {item: 4, answer: partly, citation: A law (2026), quoted: en az on sekiz, lang: tr, "
        "where: 'https://x.example/%C3%A7ocuk?k=a%2Bb', read_on: 2026-11-01}\n"
    )
    treaty = (
        "- {treaty: OPIC, status: ratified, dated: 2016, reservations: none, quoted: onay, lang: tr, "
        "where: 'https://y.example', read_on: 2026-11-02}\n"
    )
    country, voice = chapters_of(register_folder(tmp_path, legal=law, treaties=treaty)), Voice("en")
    row = law_of.legal(country, voice).frame.iloc[3]
    assert row["Passage that was read"] == {"text": "en az on sekiz", "lang": "tr"}
    assert (row["Address"], row["Read on"]) == ("https://x.example/çocuk?k=a%2Bb", "1 November 2026")
    table = law_of.treaties(country, voice).frame.set_index("Treaty")
    assert list(table.index) == ["CRC", "OPSC", "OPIC", "Lanzarote", "Budapest"]
    assert list(table.loc["OPIC"])[:3] == ["ratified", "2016", "none"]
    assert list(table.loc["CRC"]) == ["unknown", "", "", "", "", ""]  # nobody read a text on it


@pytest.mark.parametrize("study", STUDIES)
def test_an_answer_on_a_measure_that_touches_expression_says_the_tension(study: str) -> None:
    law = review(study).legal()
    touching = law[law["item"].isin(law_of.TENSION) & (law["answer"] != "unknown")]
    assert len(touching) >= 2 and (touching["tension"] != "").all()


def test_an_article_with_a_reservation_says_so() -> None:
    """Türkiye's on Articles 17, 29 and 30: `params/landscape/turkey/treaties.yaml`, with its passage."""
    told = "the register of treaties holds a reservation of the State on this article"
    book: Any = Workbook.open("turkey", "exploratory", root=ROOT)
    rows = book.rights().frame
    assert [told in str(cell) for cell in rows.iloc[:, -1]].count(True) == len(
        {17, 29, 30} & {a["article"] for a in rights.articles()}
    )
    assert reserved(book.landscape.treaties()) == [17, 29, 30]
    assert reserved(review("ukraine").treaties()) == []


def test_shares_of_services_have_their_year_and_citation_in_words() -> None:
    frame = platforms(review(), Voice("en")).frame.set_index("Service")
    assert ", 2024 (Turkish Statistical Institute" in frame.loc["YouTube", "Share who use it"]
    assert frame.loc["Roblox", "Read on"] == "29 November 2026"


def test_a_register_says_ages_as_a_range_topics_as_words_and_articles_as_a_list(tmp_path: Path) -> None:
    study = GOOD.replace("skills", "harm_coping")
    country = chapters_of(register_folder(tmp_path, sources=study, facts="[]"))
    row = sources(country, Voice("en")).frame.iloc[0]
    assert row["Topics"] == "harm and coping" and row["Ages"] == "9–17"
    assert _listed([13, 17, 19]) == "13, 17, 19" and _span([15, 15]) == "15"


def test_a_series_is_titled_by_its_newest_value() -> None:
    rows = pd.DataFrame(
        {"country": ["A", "A", "A", "B", "C"], "period": ["2022", "2023", "2030", "2023", "2021"]}
    ).assign(title="Online", unit="share", estimate=[0.5, 0.62, 0.9, 0.4, 0.71], projected=[0, 0, 1, 0, 0])
    voice = Voice("en")
    assert headed(voice, rows, "A") == "Online: 62% (2023)"
    assert headed(voice, rows, "A", True) == "Online: 62% (2023); comparison group: 40%–71%"
    assert headed(voice, rows, "D", True) == "Online" and headed(voice, rows.iloc[:0], "A") == ""
