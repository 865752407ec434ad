"""Output checking: respondents in whatever file, two publications a few children apart, what travels."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from digicit_lib.evidence import diff, for_readers
from digicit_lib.report import FORM_NAMES
from digicit_lib.runner import cluster
from digicit_lib.runner.kernels.fork_server import needed
from digicit_lib.runner.output_check import COPIES, PACKED, TEXTS, Identifying, few_apart, problems

ROWS = 300
ANSWERS = ["yes", "no", "never", "daily", "weekly", "pnts", "dk"]


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    """A survey with a canary in every kind of column."""
    index = range(ROWS)
    answers = {f"q{k}": [ANSWERS[(i * (k + 3) + i // 7) % 7] for i in index] for k in range(12)}
    return pd.DataFrame({
        "id": [f"ZYX{i:05d}" for i in index], "psu": [f"KP{i % 40:03d}Z" for i in index],
        "weight": [f"{1 + i / 997:.9f}" for i in index],
        "gender": ["girl" if i % 2 else "boy" for i in index],
        "age": [str(9 + i % 9) for i in index], **answers,
        "comment": [f"my friend number {i} wrote to me every evening" for i in index],
    })  # fmt: skip


@pytest.fixture(scope="module")
def what(raw: pd.DataFrame) -> Identifying:
    printed = {"gender", "age", *(f"q{k}" for k in range(12))}
    return Identifying(raw, printed, {"id", "psu", "weight"}, 5, {"Kenya"})


CANARIES = ["id", "psu", "weight", "comment"]


@pytest.mark.parametrize("column", CANARIES)
@pytest.mark.parametrize("ending", [*TEXTS, *PACKED, ".parquet"])
def test_a_canary_of_each_column_is_found_in_each_kind_of_file(tmp_path, raw, what, column, ending) -> None:
    value = str(raw[column].iloc[123])
    path = tmp_path / f"exhibit{ending}"
    if ending in PACKED:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("word/document.xml", f"<w:t>told by {value}</w:t>")
    elif ending == ".parquet":
        pd.DataFrame({"note": [f"told by {value}"]}).to_parquet(path)
    else:
        path.write_text(f'<p title="told by {value}">x</p>')
    found = list(problems(tmp_path, what))
    assert [p.name for p, _ in found] == [path.name] * len(found) and found
    assert value not in str(found)


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
    assert [why for _, why in problems(tmp_path, what)] == ["holds rows of respondents"]


def test_what_reports_print_is_no_leak(tmp_path, what) -> None:
    (tmp_path / "report.html").write_text(
        "Kenya 2026: girls 51.2% [48.0–54.4], boys 49.9%; n = 300; never 1, weekly 2, daily 3, yes no. "
        '<path d="M 1.003009027 2 L KP001Z"/> <img src="data:image/png;base64,ZYX00001"/>'
    )
    (tmp_path / "run.json").write_text('{"bytes": 123456, "id": "ZYX00001"}')
    assert list(problems(tmp_path, what)) == []


@pytest.mark.parametrize("name", ["rows.pkl", "x.db", "archive.zip", "noending", "frame.feather"])
def test_a_file_of_an_unknown_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert [why for _, why in problems(tmp_path, None)] == ["is of a kind that no report has"]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"no archive")
    (tmp_path / "b.html").write_bytes(b"\xff")
    assert [why for _, why in problems(tmp_path, None)] == [
        "cannot be read (BadZipFile)", "cannot be read (UnicodeDecodeError)",
    ]  # fmt: skip


def test_every_form_of_a_report_is_of_a_kind_that_is_looked_through() -> None:
    assert {Path(name).suffix for name in FORM_NAMES} <= {*TEXTS, *PACKED, *COPIES}


def test_copies_are_of_files_that_are_read() -> None:
    assert set(COPIES) == {".pdf", ".png"}


# --- two publications ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "few"), [(60, 0), (59, 1), (36, 1), (35, 0), (84, 1), (85, 0), (None, 0)])
def test_bases_a_few_children_apart_are_counted(n: float | None, few: int) -> None:
    old, new = (pd.DataFrame({"id": ["a"], "n": [x]}) for x in (60.0, n))
    assert few_apart(old, new, 25) == few


def test_changes_of_observed_data_are_rounded_and_withdraw_nothing() -> None:
    def frame(**estimates: float | None) -> pd.DataFrame:
        rows = [{"id": k, "title": k.upper(), "data_kind": "observed", "estimate": v,
                 "quality": "suppressed" if v is None else "ok"} for k, v in estimates.items()]  # fmt: skip
        return pd.DataFrame(rows).astype({"estimate": float})

    changes = diff(
        frame(a=0.5, b=0.25, c=0.301, d=0.4, f=9.26), frame(a=None, c=0.304, d=0.4567, e=0.123456, f=9.44)
    )
    told = for_readers(changes)
    assert told["id"].tolist() == ["d", "e", "f"]
    assert told["after"].tolist() == [0.46, 0.12, 9.4]
    assert told["title"].tolist() == ["D", "E", "F"]
    kept = for_readers(changes.assign(data_kind="synthetic"))
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


def test_a_kernel_gets_no_key_of_another_service() -> None:
    keys = {
        "GITHUB_TOKEN": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "OPENAI_API_KEY": "x",
        "PGPASSWORD": "x",
        "HTTP_PROXY": "x",
    }
    assert needed({**keys, "DIGICIT_DATA": "d", "LC_ALL": "C", "PATH": "p"}) == {
        "DIGICIT_DATA": "d", "LC_ALL": "C", "PATH": "p",
    }  # fmt: skip
