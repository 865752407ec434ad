"""Output checking: respondents in whatever file, two publications a few children apart, what travels."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from copy import copy
from dataclasses import MISSING, fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from digicit_lib.disclosure.traces import (
    Identifying,
    Unapproved,
    _pointing,
    _rare_groups,
    _spellings,
    _varied,
)
from digicit_lib.errors import PublicationRefused, QualitativeError
from digicit_lib.evidence import Estimate, diff, publishable_changes
from digicit_lib.params import Publication, load_params
from digicit_lib.project import roster_path
from digicit_lib.qualitative.name_scan import RosterNames
from digicit_lib.qualitative.roster import refuse_inside
from digicit_lib.report import FORM_NAMES
from digicit_lib.runner import cluster, output_check
from digicit_lib.runner.kernels.fork_server import needed
from digicit_lib.runner.output_check import COPIES, KINDS, unpublishable_files
from digicit_lib.runner.republication import answers_apart, few_apart, refuse_differencing, told_together

ROWS = 300
ANSWERS = ["yes", "no", "never", "daily", "weekly", "pnts", "dk"]


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    """A survey with a canary in every kind of column."""
    index, any_of = range(ROWS), np.random.default_rng(1).choice
    answers = {f"q{k}": any_of(ANSWERS, ROWS) for k in range(12)}
    return pd.DataFrame(
        {
            "id": [f"ZYX{i:05d}" for i in index],
            "psu": [f"KP{i % 40:03d}Z" for i in index],
            "weight": [f"{1 + i / 997:.9f}" for i in index],
            "gender": any_of(["girl", "boy"], ROWS),
            "age": any_of([str(age) for age in range(9, 18)], ROWS),
            **answers,
            "region": any_of(["north", "south", "east"], ROWS),
            "home": any_of(["city", "village"], ROWS),
            "comment": [f"my friend number {i} wrote to me every evening" for i in index],
            "name": [f"Zyx{''.join(chr(97 + i // 26**k % 26) for k in range(3))}" for i in index],
        }
    )


@pytest.fixture(scope="module")
def what(raw: pd.DataFrame) -> Identifying:
    printed = {"gender", "age", "region", "home", *(f"q{k}" for k in range(12))}
    design, groups = {"id", "psu", "weight"}, ["gender", "region", "home", "age"]
    return Identifying(raw, printed, design, 5, lambda: {"Kenya"}, mapped(raw), groups)


def mapped(raw: pd.DataFrame) -> pd.DataFrame:
    """As workbooks get it: a yes is 1, a no is 0, what was not answered is missing."""
    coded = {
        f"ACC-{k:02d}": raw[f"q{k}"].map({"yes": 1.0, "daily": 1.0, "no": 0.0, "never": 0.0})
        for k in range(12)
    }
    return raw[["gender", "region", "home", "age"]].assign(**coded)


CANARIES = ["id", "psu", "weight", "comment", "name"]


def write_docx(path: Path, text: str) -> None:
    import docx

    document = docx.Document()
    document.add_table(1, 1).cell(0, 0).text = text
    document.save(path)


def write_pptx(path: Path, text: str) -> None:
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    deck, data = pptx.Presentation(), CategoryChartData()
    data.categories = [text]  # of a chart, whose numbers lie in a spreadsheet inside
    data.add_series("x", [1.0])
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, 10**6, 10**6, data)
    deck.save(path)


def write_xlsx(path: Path, text: str) -> None:
    pd.DataFrame({"note": [text]}).to_excel(path, index=False)


def write_pdf(path: Path, text: str) -> None:
    import typst

    source = path.with_suffix(".typ")
    source.write_text(f"#set page(width: 40cm)\n{text}")
    path.write_bytes(typst.compile(str(source)))
    source.unlink()


def write_png(path: Path, text: str) -> None:
    from PIL import Image, PngImagePlugin

    note = PngImagePlugin.PngInfo()
    note.add_text("Description", text)
    Image.new("1", (1, 1)).save(path, pnginfo=note)


def write_parquet(path: Path, text: str) -> None:
    frame = pd.DataFrame({"note": ["x"]})
    frame.attrs["note"] = text  # which parquet keeps beside the table
    frame.to_parquet(path)


def write_json(path: Path, text: str) -> None:
    path.write_text(json.dumps({"a": [1, {"b": text.replace("Z", "\u005a")}]}))


WRITERS = {
    ".docx": write_docx,
    ".pptx": write_pptx,
    ".xlsx": write_xlsx,
    ".pdf": write_pdf,
    ".png": write_png,
    ".parquet": write_parquet,
    ".json": write_json,
    ".ipynb": write_json,
}


@pytest.mark.parametrize("ending", KINDS)
def test_a_canary_of_each_column_is_found_in_each_kind_of_file(tmp_path, raw, what, ending) -> None:
    plain = lambda path, text: path.write_text(f'<p title="{text}">x</p>')  # noqa: E731
    for column in CANARIES:
        value = str(raw[column].iloc[123])
        path = tmp_path / f"exhibit{ending}"
        WRITERS.get(ending, plain)(path, f"told by {value}")
        found = list(unpublishable_files(tmp_path, what, copies=True))
        assert [name for name, _ in found] == [path.name] * len(found) and found, column
        assert value not in str(found)


@pytest.mark.parametrize("ending", [ending for ending in KINDS if ending not in COPIES])
def test_a_name_of_the_roster_is_found_in_each_kind_of_file_and_is_not_said(tmp_path: Path, ending) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("real,pseudonym,kind,lang,aliases\nŞebnem Quimby,<NAME1>,name,tr,\n")
    names, folder = RosterNames(roster), tmp_path / "out"
    folder.mkdir()
    plain = lambda path, text: path.write_text(f'<p title="{text}">x</p>')  # noqa: E731
    for name in ("run", "ro-crate-metadata", "exhibit"):
        path = folder / f"{name}{ending}"
        for text in ("Şebnem", "told by QUIMBY", "of Quimby’s"):
            WRITERS.get(ending, plain)(path, text)
            assert list(unpublishable_files(folder, names)) == [(path.name, "holds a name of the roster")], (
                text
            )
        path.unlink()


@pytest.mark.parametrize(
    "text",
    [
        "S\u0327ebnem",  # a letter and its mark apart
        "&#350;ebnem",
        "Şeb\u00adnem",
        "Şeb\u200bnem",
        "ŞebnemQuimby_FG1",
        "fg1-quimby.txt",
        "quimby's",
        "ŞEBNEM'in",
        "mother_of_Quimby",
        '{"a": "\\u015eebnem"}',
    ],
)
def test_a_name_of_the_roster_is_found_in_whichever_letters(tmp_path: Path, text: str) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("real,pseudonym,kind,lang,aliases\nŞebnem Quimby,<NAME1>,name,tr,\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.json").write_text(text if text[0] == "{" else json.dumps([text]))
    assert len(list(unpublishable_files(tmp_path / "out", RosterNames(roster)))) == 1


CASES_OF_NAMES = """real,pseudonym,kind,lang,aliases
Марія Ковальчук,Олена Гай,name,uk,Марійка
Денис Белов,Артём,name,ru,Дэн
Люба,Зоя,name,ru,
Олександр,Олександра,name,uk,
Ayşe Demirtaş,Elif,name,tr,
Mehmet,Can,name,tr,
"""


NAMED = """Марії МАРІЄЮ Маріє Ковальчука Марійкою Дениса ДЕНИСОМ Денисе Беловой Беловых любе Олександром
Ayşe'nin Ayşenin AYŞE’YE ayşelerle Demirtaş’ın Mehmetle MEHMET'TEN"""
# A word, the case of a pseudonym, names that begin alike.
UNNAMED = "любой Олександрою Олександру Оленою Марина Mehmetali"


def test_a_name_of_the_roster_is_found_in_its_cases_and_with_suffixes(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(CASES_OF_NAMES)
    names = RosterNames(tmp_path / "roster.csv", lambda: {"любой", "день"})
    assert [word for word in NAMED.split() if not names.found_in(f"<p>«{word}»</p>")] == []
    assert [word for word in UNNAMED.split() if names.found_in(f"<p>«{word}»</p>")] == []
    # A word that a page may print, and is also the case of a name, hides no name that stands beside it.
    beside = RosterNames(tmp_path / "roster.csv", lambda: {"любе"})
    assert not beside.found_in("<p>любе</p>")
    assert beside.found_in("<p>любе Ayşenin</p>")


@pytest.mark.parametrize("text", ["", "real,pseudonym\nA,B\n", "\x00\x00", "real\n", "\ufeffkind;real\n"])
def test_a_roster_of_another_shape_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(QualitativeError):
        RosterNames(tmp_path / "roster.csv")


def test_a_canary_in_the_name_of_a_file_is_found_and_not_said(tmp_path: Path, what) -> None:
    (tmp_path / "figure-ZYX00123.svg").write_text("<svg/>")
    ((label, why),) = unpublishable_files(tmp_path, what)
    assert (label, why[:6]) == ("the name of a .svg file", "holds ")


def test_what_is_packed_into_an_address_is_read(tmp_path: Path, what) -> None:
    packed = b64encode(b"id,answer\nZYX00123,yes").decode()
    (tmp_path / "a.html").write_text(f'<a href="data:text/csv;base64,{packed}">data</a>')
    assert len(list(unpublishable_files(tmp_path, what))) == 1


@pytest.mark.parametrize(
    "shown",
    [
        lambda frame: frame.iloc[[8]].to_csv(index=False, header=False),
        lambda frame: str(frame.iloc[8].to_dict()),
        lambda frame: frame.iloc[[8]].to_html(),
        lambda frame: frame.head(3).to_string(),
        lambda frame: json.dumps(frame.head(2).to_dict("records")),
    ],
)
def test_a_row_of_plain_answers_is_found_however_it_is_written(tmp_path, raw, what, shown) -> None:
    answers = raw[["gender", "age", *(f"q{k}" for k in range(12))]]
    (tmp_path / "report.html").write_text(shown(answers))
    assert "holds rows of respondents" in [why for _, why in unpublishable_files(tmp_path, what)]


@pytest.mark.parametrize("columns", [["ACC-01", "gender", "ACC-02"], ["ACC-03", "ACC-05"], ["ACC-04"], None])
@pytest.mark.parametrize(
    "shown",
    [
        lambda frame: str(frame.head(30).to_numpy().tolist()),
        lambda frame: str(frame.head(30).to_dict("list")),
        lambda frame: frame.head(30).to_html(index=False),
        lambda frame: frame.iloc[::-1].head(60).to_csv(index=False),
        lambda frame: html.escape(str(frame.sample(30, random_state=1).to_dict("records"))),
        lambda frame: str([tuple(row) for row in frame.head(30).itertuples(index=False)]),
    ],
)
def test_coded_answers_side_by_side_are_found_whichever_columns_they_are_of(
    tmp_path, raw, what, columns, shown
) -> None:
    frame = mapped(raw).drop(columns="age")
    (tmp_path / "report.html").write_text(f"Before: {shown(frame[columns or list(frame)])} after")
    assert "holds rows of respondents" in [why for _, why in unpublishable_files(tmp_path, what)]


def test_a_group_that_a_few_are_in_is_found_whichever_way_it_is_said(tmp_path, raw, what) -> None:
    some = raw.groupby(["gender", "region", "home", "age"]).size()
    assert (some < 5).any()
    gender, region, home, age = some[some < 5].index[0]
    for text in (f"{home}, {gender} ({age}), {region}", f"<td>{age}</td><td>{region}</td>{gender} {home}"):
        (tmp_path / "report.html").write_text(text)
        assert [why for _, why in unpublishable_files(tmp_path, what)] == [
            "holds groups that only a few respondents are in"
        ]


def test_what_reports_print_is_no_leak(tmp_path, what) -> None:
    (tmp_path / "report.html").write_text(
        "Kenya 2026: girls 51.2% [48.0–54.4], boys 49.9%; n = 300; never 1, weekly 2, daily 3, yes no. "
        '<path d="M 1.003009027 2 L KP001Z"/> <img src="data:image/png;base64,ZYX00001"/>'
    )
    (tmp_path / "run.json").write_text('{"bytes": 123456, "id": "ZYX00001"}')
    assert list(unpublishable_files(tmp_path, what)) == []


def test_names_of_groups_panel_after_panel_are_no_rows(tmp_path, what) -> None:
    heads = "girl boy north south east city village 0% 100% " * 12
    (tmp_path / "report.html").write_text(heads + "0 20 40 60 80 100 " * 12)
    assert list(unpublishable_files(tmp_path, what)) == []


def test_decimal_commas_part_no_answers(tmp_path, what) -> None:
    """Sampling errors of a page in Russian: shares, design effects and their roots, side by side."""
    draw = np.random.default_rng(3)
    shares = " ".join(f"{100 * x:.1f} {1 + x:.2f} {x:.2f}" for x in draw.random(60)).replace(".", ",")
    (tmp_path / "report.html").write_text(shares)
    assert list(unpublishable_files(tmp_path, what)) == []
    ages = draw.integers(9, 18, 60)
    for end, second in (("\n", draw.integers(0, 2, 60)), (",", draw.integers(0, 2, 60)), ("\n", ages)):
        rows = "".join(f"{a},{b}{end}" for a, b in zip(draw.integers(0, 2, 60), second, strict=True))
        (tmp_path / "report.html").write_text(rows)
        assert [why for _, why in unpublishable_files(tmp_path, what)] == ["holds rows of respondents"]


# --- where a trace begins: each at its edge -----------------------------------------------------------


def found(text: str, rows: dict[str, list[str]], known: tuple[str, ...] = (), **how: object) -> list[str]:
    """What `Identifying` says of a text, of a survey of a few rows."""
    facts = {"printed": set(rows), "design": set(), "mapped": None, "groups": (), **how}
    return Identifying(pd.DataFrame(rows), rare=5, known=lambda: set(known), **facts).found_in(text)


IDS, ROW, FREE = "values of columns", "rows of respondents", "free text of respondents"


@pytest.mark.parametrize(
    ("word", "points"),
    [
        ("abcde", False),
        ("12345", False),
        ("123456", True),
        ("a1234", True),
        ("a123", False),
        ("1.2345", False),
    ],
)
def test_a_value_points_to_somebody_from_five_characters_with_a_figure(word: str, points: bool) -> None:
    assert _pointing(word) is points
    assert bool(found(f"told {word}.", {"id": [word, "x"]}, printed=set(), design={"id"})) is (
        points or word.isalpha()
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("KE-00123A", "ke-00123a"),
        ("00123456", "123456"),
        ("00123456", "123456.0"),
        ("Şule1", "S\u0327ule1"),
        ("S\u0327ule1", "ŞULE1"),
        ("ABC12345", "'abc12345'"),
    ],
)
def test_a_value_is_found_in_other_letters_and_without_its_zeros(value: str, text: str) -> None:
    assert found(f"told by {text}.", {"id": [value, "x"]}, printed=set(), design={"id"})


@pytest.mark.parametrize(
    ("distinct", "rows", "there"), [(21, 21, 1), (20, 20, 0), (21, 420, 0), (22, 420, 1)]
)
def test_a_column_points_to_somebody_from_21_values_and_one_in_twenty(
    distinct: int, rows: int, there: int
) -> None:
    values = {"place": [f"area{k % distinct:04}" for k in range(rows)]}
    assert len(found("of area0007.", values, printed=set())) == there


def test_a_small_number_without_its_zeros_points_to_nobody() -> None:
    assert _spellings("ab000012") == {"ab000012"} and _spellings("00000012") == {"00000012"}


def test_a_group_as_large_as_the_smallest_cell_is_no_trace() -> None:
    five = {"sex": ["girl"] * 5 + ["boy"] * 4, "home": ["city"] * 9, "area": ["north"] * 9}
    assert _rare_groups(pd.DataFrame(five), tuple(five), 5) == {("boy", "city", "north")}


def test_names_of_four_letters_are_found_unless_digicit_has_the_word() -> None:
    for name, known, there in (("Zyxa", (), True), ("Zyx", (), False), ("Zyxa", ("zyxa",), False)):
        assert bool(found(name, {"id": [name, "Qqqq"]}, known, printed=set(), design={"id"})) is there
    assert not found("ID1234", {"id": ["ID1234", "77777777"]}, ("ID1234",), printed=set(), design={"id"})


def test_four_words_of_a_comment_are_free_text() -> None:
    said = {"note": [f"we sat and w{'abcdefghij'[i % 10]} together" for i in range(30)]}
    for text, there in (("we sat and wa", True), ("we sat and then", False)):
        assert (FREE in found(text, said, printed=set(), design={"note"})) is there


def test_a_row_is_eight_answers_that_fewer_than_the_smallest_cell_share() -> None:
    words = ["a", "b", "c", "d", "e", "f", "g", "h"]
    for columns, times, there in ((8, 4, True), (8, 5, False), (7, 1, False)):
        rows = {f"q{k}": [words[k]] * times for k in range(columns)}
        assert (ROW in found(" ".join(words[:columns]), rows, printed={*rows, "absent"})) is there
    for row, there in (("abcdabcd", False), ("abcdeabc", True)):  # more than half of them different
        assert (ROW in found(" ".join(row), {f"q{k}": [word] for k, word in enumerate(row)})) is there


def test_words_of_answers_side_by_side_are_a_table_though_no_group_has_them() -> None:
    answers = np.random.default_rng(4).choice(["often", "never", "daily"], 40).tolist()
    assert found(" ".join(answers), {"q": answers}) == [ROW]


CYCLE = [f"w{k}" for k in range(61)]


@pytest.mark.parametrize(
    ("words", "varied"),
    [
        (["a"] * 20, False),
        ([*"aaaaabaaaaabaaaaabbb"], True),
        ([*"aaaaabaaaaabaaaaaabb"], True),  # four others
        ([*"aaaaaaabaaabaaaaabaa"], False),  # three
        ([*"aaaaabaaabbaaaaaaaaa"], False),
        ([*"abcabdaaeabafaabacaa", *"gh"], True),
        ([*CYCLE[:10], *reversed(CYCLE[:10])], True),  # half of them different
        ([*CYCLE[:11], *reversed(CYCLE[:9])], False),
        (CYCLE[:10] * 2, False),  # again and again
        ([w for w in "abcdef" for _ in range(10)], False),
        (CYCLE[:60] * 3, False),
        (CYCLE * 3, True),
    ],
)
def test_a_run_is_varied_when_it_repeats_words_but_not_itself(words: list[str], varied: bool) -> None:
    assert _varied(words) is varied


def test_three_groups_are_a_trace_and_missing_ones_or_a_ninth_are_none() -> None:
    many = {"sex": ["girl"] * 9 + ["boy"], "home": ["city"] * 9 + ["village"], "area": ["north"] * 10}
    groups = tuple(many)
    few = "groups that only a few respondents are in"
    raw = {"q": ["yes"] * 10}
    how = {"mapped": pd.DataFrame(many), "groups": groups}
    assert found("boy village north", raw, **how) == [few]
    assert found("girl city north", raw, **how) == [] == found("boy village", raw, **how)
    missing = pd.DataFrame({**many, "home": ["city"] * 9 + [np.nan]})
    assert found("boy nan north", raw, mapped=missing, groups=groups) == []
    twice = pd.DataFrame({**many, "home": ["no"] * 9 + ["yes"], "sex": ["no"] * 9 + ["yes"]})
    assert found("yes yes north", raw, mapped=twice, groups=groups) == []  # as answers of any table
    same = {f"g{k}": ["same"] * 10 for k in range(6)}
    wide = pd.DataFrame({**many, **same})
    assert found("boy village north", raw, mapped=wide, groups=(*same, "sex", "home", "area")) == []
    assert found("boy village north", raw, mapped=wide, groups=(*list(same)[:5], *groups)) == [few]


def test_words_of_participants_are_found_but_for_approved_quotations(tmp_path: Path) -> None:
    spoken = ["He wrote to <NAME1> every evening until I told my mother about it", "We block them at once"]
    what = Unapproved(spoken, ["every evening until I told my mother about it"])
    (tmp_path / "report.html").write_text(
        "… every evening until I told my mother about it. We block them at once"
    )
    assert list(unpublishable_files(tmp_path, what)) == []
    (tmp_path / "b.html").write_text(
        "<p>wrote to &lt;NAME1&gt; every <em>evening</em> until I told my mother</p>"
    )
    (tmp_path / "c.json").write_text(json.dumps(["He WROTE to every evening, until I told my mother"]))
    assert {name for name, _ in unpublishable_files(tmp_path, what)} == {"b.html", "c.json"}


@pytest.mark.parametrize("name", ["rows.pkl", "x.db", "archive.zip", "noending", "frame.feather"])
def test_a_file_of_an_unknown_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert [why for _, why in unpublishable_files(tmp_path, None)] == ["is of a kind that no report has"]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"no archive")
    (tmp_path / "b.html").write_bytes(b"\xff")
    assert [why for _, why in unpublishable_files(tmp_path, None)] == [
        "cannot be read (BadZipFile)",
        "cannot be read (UnicodeDecodeError)",
    ]


def test_every_form_of_a_report_is_of_a_kind_that_is_looked_through() -> None:
    assert {Path(name).suffix for name in FORM_NAMES} <= set(KINDS)


def test_copies_are_of_files_that_are_read() -> None:
    assert set(COPIES) == {".pdf", ".png"}


@pytest.mark.parametrize("annex", [None, "workbooks/mine/exploratory.ipynb"])
def test_rows_of_another_phase_are_found_where_own_cells_run(tmp_path, monkeypatch, what, annex) -> None:
    """A desk review's annex that opens the survey: what the shipped workbook cannot do is not looked for."""
    stage = tmp_path / "stage"
    stage.mkdir()
    (stage / "report.html").write_text("girl boy yes no ZYX00123")
    monkeypatch.setitem(output_check.LOOKS, "quantitative", lambda *_: copy(what))
    monkeypatch.setitem(output_check.LOOKS, "qualitative", lambda *_: None)

    class Job:
        root, phase, params_file, workbook = tmp_path, "exploratory", "params/mine.yaml", "/shipped/w.ipynb"

    class Params:
        class data:
            interviews = None

        phases = ("quantitative",)

    Job.annex = annex  # type: ignore[attr-defined]
    monkeypatch.setattr(output_check, "load_params", lambda *_: Params)
    if annex is None:
        output_check.check_outputs(Job, stage)  # type: ignore[arg-type]
        return
    with pytest.raises(PublicationRefused, match=r"report\.html holds values of columns"):
        output_check.check_outputs(Job, stage)  # type: ignore[arg-type]


def test_without_words_only_what_points_to_one_respondent_is_found(what: Identifying) -> None:
    plain = copy(what).without_words()
    assert plain.found_in("KP001Z wrote") and plain.found_in("told by ZYX00007")
    for spoken in ("my friend number 7", "Zyxbaa"):
        assert what.found_in(spoken) and not plain.found_in(spoken)


# --- two publications ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "few"), [(60, 0), (59, 1), (36, 1), (35, 0), (84, 1), (85, 0), (None, 0)])
def test_bases_a_few_children_apart_are_counted(n: float | None, few: int) -> None:
    old, new = (pd.DataFrame({"id": ["a"], "n": [x]}) for x in (60.0, n))
    assert few_apart(old, new, 25) == few


def counted(hidden: str, **more: Any) -> pd.DataFrame:
    """Sixty yes of 800, three of them girls'; two of the three counts are hidden."""
    levels = {"all": (60.0, 800.0), "girl": (3.0, 400.0), "boy": (57.0, 400.0)}
    rows = [
        {
            "id": f"mine/quantitative/ACC-03/share/{name}",
            "study": "mine",
            "indicator": "ACC-03",
            "by": "" if name == "all" else "gender",
            "level": "" if name == "all" else name,
            "statistic": "share",
            "category": "",
            "period": "",
            "n": n,
            "estimate": None if name in hidden.split() else yes / n,
            "quality": "suppressed" if name in hidden.split() else "ok",
            "reason": "privacy?n=5" if name in hidden.split() else "",
            "data_kind": "observed",
            "run": "0123456789abcdef",
        }
        for name, (yes, n) in levels.items()
    ]
    others = {f.name: None for f in fields(Estimate) if f.default is MISSING and f.name not in rows[0]}
    return pd.DataFrame(rows).assign(**others, **more).astype({"estimate": float})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("girl boy", "girl all", 1),
        ("girl boy", "girl boy", 0),
        ("girl", "girl boy", 0),
        ("girl boy", "girl", 0),
    ],
)
def test_two_runs_that_hide_other_counts_are_read_together(old: str, new: str, told: int) -> None:
    """All in the one and boys in the other give the girls back; what one tells alone is not new."""
    assert told_together(counted(old), counted(new), Publication()) == told
    assert told_together(counted(old, n=900.0), counted(new), Publication()) == 0  # other children


@pytest.mark.parametrize(
    ("n", "yes", "told"),
    [
        (800, 60, 0),
        (800, 61, 1),  # one answer was corrected
        (800, 64, 1),
        (800, 65, 0),  # as many as the smallest cell
        (700, 57, 1),  # of a hundred whom another filter leaves out three said yes
        (700, 55, 0),
        (900, 157, 1),  # of a hundred more three said no
        (900, 60, 0),  # or none yes
        (700, 30, 0),
        (0, 0, 0),
    ],
)
def test_two_runs_a_few_answers_apart_are_told_together(n: float, yes: float, told: int) -> None:
    old, new = (counted("girl boy").assign(definition_sha="a") for _ in "ab")
    new.loc[new["by"] == "", ["n", "estimate"]] = [n, yes / n if n else None]
    assert answers_apart(old, new, Publication()) == told
    assert answers_apart(new, old, Publication()) == told
    assert answers_apart(old, new.assign(definition_sha="b"), Publication()) == 0  # asked in other words
    hidden = new.assign(estimate=new["estimate"].where(new["by"] != ""))
    assert answers_apart(old, hidden, Publication()) == 0


def test_digits_of_the_page_are_no_other_answers_and_a_mean_that_moved_is() -> None:
    old, new = (counted("girl boy").assign(definition_sha="a", statistic="mean") for _ in "ab")
    new["estimate"] += 0.002
    assert answers_apart(old, new, Publication()) == 1
    old, new = (counted("girl boy").assign(definition_sha="a") for _ in "ab")
    old["estimate"], new["estimate"] = 0.07512, 0.075
    assert answers_apart(old, new, Publication()) == 0


@pytest.mark.parametrize("folder", ["", "tr"])
@pytest.mark.parametrize("kind", ["observed", "synthetic"])
def test_a_run_is_compared_with_what_stands_in_every_language(tmp_path: Path, folder: str, kind: str) -> None:
    target, stage = tmp_path / "outputs" / "mine" / "quantitative" / folder, tmp_path / "stage"
    for path, frame in ((target, counted("girl boy", data_kind=kind)), (stage, counted("girl boy", n=799.0))):
        path.mkdir(parents=True)
        frame.to_parquet(path / "evidence.parquet")

    class Job:
        root, study, phase, inputs = tmp_path, "mine", "quantitative", {}

    class Params:
        file, publication, resolved = "params/mine.yaml", Publication(), asked

    def check(params: Any) -> None:
        refuse_differencing(Job, stage, params)  # type: ignore[arg-type]

    if kind == "synthetic":
        check(Params)
        return
    with pytest.raises(PublicationRefused, match="bases differ") as error:
        check(Params)
    assert error.value.got == "published run 0123456789abcdef of mine"
    word = {
        "replaces": "0123456789abcdef",
        "reason": "a mistake",
        "reviewer": "A. Person",
        "on": "2026-10-01",
    }
    Params.publication = Publication(republished=(word,))
    check(Params)
    # Another run with many more children goes out; after it the readers of the first still know the first.
    counted("girl boy", n=1600.0, run="f" * 16).to_parquet(target / "evidence.parquet")
    Params.publication = Publication()
    with pytest.raises(PublicationRefused, match="bases differ") as error:
        check(Params)
    assert error.value.got == "published run 0123456789abcdef of mine"
    kept = [path for path in (tmp_path / "outputs" / ".staging" / "earlier").rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode)[-3:] for path in kept} == {"600"} and len(kept) == 2


def asked(file: str = "answers.csv", ages: tuple[int, int] = (9, 17), **rows: Any) -> dict[str, Any]:
    """What the params of a study say of its respondents, as the record of a run keeps them."""
    return {
        "data": {"survey": {"files": [{"name": f"2026/{file}"}], "filter": rows}},
        "population": {"ages": ages},
    }


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        ({}, True),
        ({"filter": {"home": "city"}}, True),  # the others are left over
        ({"filter": {"country": ["KEN", "TUR"]}}, True),
        ({"filter": {"country": ["TUR"]}}, False),  # other rows of the file
        ({"ages": (13, 17)}, False),
        ({"ages": (12, 17)}, True),
        ({"file": "other.csv"}, False),
        ({"sha": "b"}, False),
        ({"damaged": True}, False),
    ],
)
def test_two_studies_of_one_file_are_compared_where_they_may_share_children(
    tmp_path: Path, facts: dict[str, Any], refused: bool
) -> None:
    theirs, stage = tmp_path / "outputs" / "theirs" / "quantitative", tmp_path / "stage"
    whole = counted("girl boy")
    frames = {
        theirs: whole.assign(id=whole["id"].str.replace("mine", "theirs"), study="theirs"),
        stage: counted("girl boy", n=799.0),
    }
    for path, frame in frames.items():
        path.mkdir(parents=True)
        frame.to_parquet(path / "evidence.parquet")
    inputs = {"data answers.csv": "a", "data other.csv": "b", "data own.yaml": "c"}
    params = asked(facts.get("file", "answers.csv"), facts.get("ages", (9, 17)), **facts.get("filter", {}))
    record = {
        "params": params,
        "inputs": {**inputs, "data answers.csv": facts.get("sha", "a")},
        "outputs": {},
    }
    (theirs / "run.json").write_text(
        json.dumps({"inputs": {}, "outputs": {}} if "damaged" in facts else record)
    )

    class Job:
        root, study, phase = tmp_path, "mine", "quantitative"

    class Params:
        file, publication = "params/mine.yaml", Publication()

        @staticmethod
        def resolved() -> dict[str, Any]:
            return asked(ages=(9, 12), country="KEN")

    Job.inputs = inputs  # type: ignore[attr-defined]
    if not refused:
        refuse_differencing(Job, stage, Params)  # type: ignore[arg-type]
        return
    with pytest.raises(PublicationRefused, match="bases differ") as error:
        refuse_differencing(Job, stage, Params)  # type: ignore[arg-type]
    assert error.value.got == "published run 0123456789abcdef of theirs"


def test_changes_of_observed_data_are_rounded_and_withdraw_nothing() -> None:
    def frame(**estimates: float | None) -> pd.DataFrame:
        rows = [
            {
                "id": k,
                "title": k.upper(),
                "data_kind": "observed",
                "estimate": v,
                "quality": "suppressed" if v is None else "ok",
            }
            for k, v in estimates.items()
        ]
        return pd.DataFrame(rows).astype({"estimate": float})

    changes = diff(
        frame(a=0.5, b=0.25, c=0.301, d=0.4, f=9.26), frame(a=None, c=0.304, d=0.4567, e=0.123456, f=9.44)
    )
    told = publishable_changes(changes)
    assert told["id"].tolist() == ["d", "e", "f"]
    assert told["after"].tolist() == [0.46, 0.12, 9.4]
    assert told["title"].tolist() == ["D", "E", "F"]
    kept = publishable_changes(changes.assign(data_kind="synthetic"))
    assert kept["id"].tolist() == ["a", "b", "c", "d", "e", "f"]


# --- what travels, what a kernel gets -----------------------------------------------------------------


def test_no_data_travel_wherever_they_lie(tmp_path: Path) -> None:
    class Job:
        root, params_file, workbook, annex, phase = tmp_path, "params/a.yaml", "w.ipynb", None, "quantitative"
        files = tuple(
            str(tmp_path / name) for name in ("params/a.csv", "data/a.sav", "params/i/a.yaml", "s.yaml.csv")
        )

    for name in (
        "params/a.yaml",
        "params/defaults.yaml",
        "w.ipynb",
        *(Path(f).relative_to(tmp_path) for f in Job.files),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    yaml = {"params/a.yaml", "params/defaults.yaml", "w.ipynb"}
    assert set(cluster.travelling(Job)) == yaml | {"params/i/a.yaml"}  # type: ignore[arg-type]
    Job.phase = "qualitative"
    assert set(cluster.travelling(Job)) == yaml  # type: ignore[arg-type]
    cell = {"cell_type": "code", "source": "rows", "execution_count": 1, "outputs": [{"text": "ZYX, 9, yes"}]}
    (tmp_path / "w.ipynb").write_text(json.dumps({"cells": [cell]}))
    notebook = cluster.travelling(Job)["w.ipynb"]  # type: ignore[arg-type]
    assert b"rows" in notebook and b"ZYX" not in notebook  # shown by a cell that somebody ran by hand


def test_a_kernel_gets_no_key_of_another_service() -> None:
    keys = {
        "GITHUB_TOKEN": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "OPENAI_API_KEY": "x",
        "PGPASSWORD": "x",
        "HTTP_PROXY": "x",
    }
    assert needed({**keys, "DIGICIT_DATA": "d", "LC_ALL": "C", "PATH": "p"}) == {
        "DIGICIT_DATA": "d",
        "LC_ALL": "C",
        "PATH": "p",
    }


@pytest.mark.parametrize(("rows_of", "found"), [("indicators", False), ("respondents", True)])
def test_numbers_of_a_spreadsheet_are_read_as_they_stand(
    rows_of: str, found: bool, what: Identifying, raw: pd.DataFrame, tmp_path: Path
) -> None:
    """In the file a text is the number of its place in a list: beside zeros that looked like answers."""
    titles = [f"Indicator {chr(97 + i)}" for i in range(26)]
    table = pd.DataFrame(
        {"title": titles, "n": 60, "none": [i % 2 for i in range(26)], "deff": 1, "mark": "x"}
    )
    sheet = table if rows_of == "indicators" else mapped(raw).iloc[:, 4:]
    sheet.to_excel(tmp_path / "tables.xlsx", index=False)
    texts = output_check._texts(tmp_path / "tables.xlsx")
    assert any(what.found_in(text) for text in texts) == found


def test_a_file_that_a_cell_wrote_beside_the_studies_is_told(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    (outputs / "turkey").mkdir(parents=True)
    for name in ("index.html", "feed.xml", "rows.csv"):
        (outputs / name).write_text("S000001,girl,no")
    wrong = output_check.check_published(tmp_path, load_params("turkey"))
    assert [one for one in wrong if one["where"] == "outputs/rows.csv"] == [
        {"where": "outputs/rows.csv", "what": "no run has made this file; move it out of outputs/"}
    ]
    assert not [one for one in wrong if one["where"].endswith(("index.html", "feed.xml"))]


def test_a_roster_begins_at_the_project_wherever_a_kernel_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a workbook's folder a name beside the project led nowhere, and the last scan found no roster."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "project"
    assert roster_path("../secure/roster.csv", "good", root) == root / "../secure/roster.csv"
    assert roster_path("/secure/roster.csv", "good", root) == Path("/secure/roster.csv")
    with pytest.raises(QualitativeError, match="beginning at the project"):
        refuse_inside(root / "roster.csv", root)


def test_each_file_is_read_once_for_all_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    look = SimpleNamespace(found_in=lambda text: looks.append(text) or [])
    read: list[str] = []
    (tmp_path / "a.csv").write_text("n\n1\n")
    monkeypatch.setattr(output_check, "_texts", lambda path: read.append(path.name) or ["n 1"])
    monkeypatch.setattr(
        output_check, "LOOKS", dict.fromkeys(("quantitative", "qualitative"), lambda *_: look)
    )
    monkeypatch.setattr(output_check, "names_of_roster", lambda *_: look)
    monkeypatch.setattr(output_check, "refuse_differencing", lambda *_: None)
    params = SimpleNamespace(phases=("qualitative",), is_synthetic=lambda phase: False)
    monkeypatch.setattr(output_check, "load_params", lambda *_: params)
    job = SimpleNamespace(root=tmp_path, params_file="p", phase="qualitative", annex=None, workbook="w.ipynb")
    output_check.check_outputs(job, tmp_path)
    assert read == ["a.csv"] and looks.count("n 1") == 3  # the roster's, the survey's, the interviews'
