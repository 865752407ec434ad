"""The main job, end to end: three countries, three phases, HTML and PDF, in a project folder of its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import zoo
from bs4 import BeautifulSoup
from click.testing import CliRunner, Result
from pypdf import PdfReader

from digicit_lib import cli
from digicit_lib import evidence as ev
from digicit_lib.report.white import MOST, RESOLUTION, half_empty, white_bands
from digicit_lib.runner import Batch
from digicit_lib.runner.kernels.provisioner import ADDRESS

ROOT = Path(__file__).resolve().parents[1]
STUDIES = ("russia", "turkey", "ukraine")
PHASES = ("exploratory", "quantitative", "qualitative")
PAGES = ("report.html", "report.pdf", "summary.html", "summary.pdf")
VARYING = {"run.json", "workbook.ipynb", "changes.html", "changes.csv", "ro-crate-metadata.json"}


def digicit(root: Path, *words: str, **env: str) -> Result:
    """Run in this process; what it starts is warm by the second call."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for name, value in env.items():
            patch.setenv(name, value)
        return CliRunner().invoke(cli.digicit, words)


def copy_project(folder: Path) -> Path:
    """Params, workbooks and the two files that mark a project's root."""
    for name in ("params", "workbooks"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = copy_project(tmp_path_factory.mktemp("project"))
    command = [sys.executable, "-m", "digicit_lib.cli", "run", "--all"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    return root


def reports(root: Path) -> list[Path]:
    return [root / "outputs" / study / phase for study in STUDIES for phase in PHASES]


def test_nine_studies_in_html_and_pdf_and_an_index(project: Path) -> None:
    for folder in reports(project):
        for page in PAGES:
            assert (folder / page).stat().st_size > 2000, folder / page
        for name in ("workbook.ipynb", "evidence.parquet", "evidence.csv", "findings.json", "run.json"):
            assert (folder / name).is_file()
        assert list((folder / "exhibits").glob("*.svg"))
    index = (project / "outputs" / "index.html").read_text(encoding="utf-8")
    for study in STUDIES:
        for phase in PHASES:
            assert f"{study}/{phase}/report.html" in index


def test_pages_are_whole_in_one_file(project: Path) -> None:
    for folder in reports(project):
        for page in ("report.html", "summary.html"):
            text = (folder / page).read_text(encoding="utf-8")
            assert len(text) < 1_500_000
            assert not re.search(
                r"<(?:script|img|iframe|link|object)[^>]+(?:src|href)=[\"']?(?:https?:)?//", text
            )
            assert not re.search(r"@import|url\((?!#|[\"']?data:)", text)
            assert text.count("<h1") == 1
            assert 'alt=""' not in text


def test_pictures_download_beside_the_page(project: Path) -> None:
    for folder in reports(project):
        text = (folder / "report.html").read_text(encoding="utf-8")
        for name in set(re.findall(r"href=\"(exhibits/[^\"]+)\"", text)):
            assert (folder / name).is_file(), name


def test_invented_data_say_so_in_every_file(project: Path) -> None:
    """The walk: no page, figure, table, PDF or evidence row about invented children without the label."""
    for folder in reports(project):
        synthetic = folder.name != "exploratory"
        for page in ("report", "summary"):
            text = (folder / f"{page}.html").read_text(encoding="utf-8")
            drawings = re.findall(r"<svg\b.*?</svg>", text, re.DOTALL)
            assert drawings and not [drawing for drawing in drawings if "<span" in drawing], folder
            if synthetic:
                assert "SYNTHETIC" in text
                assert "DEMONSTRATION" in re.search(r"<title[^>]*>(.*?)</title>", text, re.DOTALL)[1]  # type: ignore[index]
                for number, text in enumerate(page_texts(folder / f"{page}.pdf"), 1):
                    assert "SYNTHETIC" in text, f"{folder.name} {page}.pdf page {number}"
        rows = ev.load(folder)
        for file in (folder / "exhibits").iterdir():
            invented = file.name.startswith("SYNTHETIC-")
            assert invented or not synthetic, file
            if invented and file.suffix != ".png":
                assert "synthetic" in file.read_text(encoding="utf-8").lower(), file
        kinds = set(rows["data_kind"])
        assert kinds == {"synthetic"} if synthetic else kinds <= {"observed", "synthetic"}


def page_texts(paper: Path) -> list[str]:
    """The words of each page, by poppler where it is: it reads ten times as fast."""
    if shutil.which("pdftotext") is None:
        return [page.extract_text() for page in PdfReader(paper).pages]
    done = subprocess.run(["pdftotext", paper, "-"], capture_output=True, text=True, check=True)
    return done.stdout.removesuffix("\f").split("\f")


def pictures(paper: Path, folder: Path) -> list[bytes]:
    """The pages of a published PDF, four times as fine as its maker saw them."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler) is not on this machine")
    folder.mkdir()
    subprocess.run(["pdftoppm", "-gray", "-r", f"{4 * RESOLUTION:.0f}", paper, folder / "page"], check=True)
    return [page.read_bytes() for page in sorted(folder.iterdir())]


def test_no_page_stands_half_empty_and_a_summary_fills_two(project: Path, tmp_path: Path) -> None:
    """A fifth is white at most: the last page of a report aside, and those beside a turned one (issue 16)."""
    for number, folder in enumerate(reports(project)):
        assert half_empty(pictures(folder / "report.pdf", tmp_path / f"report-{number}")) == [], folder
        bands = white_bands(pictures(folder / "summary.pdf", tmp_path / f"summary-{number}"), "other")
        assert len(bands) == 2 and max(bands) <= MOST + 0.01, folder
        summary = (folder / "summary.html").read_text(encoding="utf-8")
        assert "exhibit figure" in summary
        assert "digicit quotation" in summary or folder.name != "qualitative"


def test_notes_that_stand_again_are_three_in_a_hundred_words_at_most(project: Path) -> None:
    """Issue 16; the age of a register stands at each of its exhibits on purpose (CONTENT-2026, section 6)."""
    for folder in reports(project):
        main = BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "lxml").main
        assert main is not None
        for aside in main.select("details.code, .ids, svg"):
            aside.decompose()
        texts = [" ".join(n.get_text(" ").split()) for n in main.select(".exhibit-note, .source, .note")]
        notes = Counter(text for text in texts if "Nothing newer was looked for since" not in text)
        again = sum(len(text.split()) * (count - 1) for text, count in notes.items())
        assert again <= 0.03 * len(main.get_text(" ").split()), (folder, notes.most_common(3))


def test_sentences_about_invented_children_carry_the_label(project: Path) -> None:
    for folder in reports(project):
        for finding in json.loads((folder / "findings.json").read_text(encoding="utf-8")):
            assert finding["text"].startswith("[SYNTHETIC]") or folder.name == "exploratory"


def test_no_path_of_the_machine_and_no_user_is_published(project: Path) -> None:
    needles = [str(project), str(ROOT), str(Path.home()) + "/"]
    for folder in reports(project):
        for file in folder.rglob("*"):
            if file.suffix in (".html", ".ipynb", ".json", ".csv", ".svg"):
                text = file.read_text(encoding="utf-8")
                assert not [needle for needle in needles if needle in text], file


def test_invented_children_cannot_rank_countries(project: Path) -> None:
    """One population model: no difference between two countries beyond chance, over all indicators."""
    frames = {study: ev.load(project / "outputs" / study / "quantitative") for study in STUDIES}
    # By indicator and category: the share online by an age has a row for each age.
    whole = {
        s: f[(f["by"] == "") & (f["statistic"] == "share")].set_index(["indicator", "category"])
        for s, f in frames.items()
    }
    for one, other in (("turkey", "ukraine"), ("turkey", "russia"), ("russia", "ukraine")):
        a, b = whole[one], whole[other]
        z = ((a["estimate"] - b["estimate"]) / (a["se"] ** 2 + b["se"] ** 2) ** 0.5).dropna()
        assert len(z) > 50
        assert (z.abs() > 1.96).mean() < 0.15, f"{one} and {other}"


def test_a_second_run_does_nothing_and_a_forced_one_changes_no_byte(project: Path) -> None:
    def digests() -> dict[str, str]:
        files = [
            p
            for folder in reports(project)
            for p in folder.rglob("*")
            if p.is_file() and p.name not in VARYING
        ]
        return {p.relative_to(project).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    stamp = (project / "outputs/turkey/quantitative/run.json").read_bytes()
    before = digests()
    assert digicit(project, "run", "--all").exit_code == 0
    assert (project / "outputs/turkey/quantitative/run.json").read_bytes() == stamp
    # The ordinary kernel gives what the forked one gave; that all phases do, test_runner_kernel tells.
    (job,) = (job for job in zoo.jobs_of(project, "turkey") if job.phase == "qualitative")
    (outcome,) = Batch([job], zoo.Heard(), force=True, forked=False).run(1)
    assert outcome.message == ""
    assert json.loads((job.target / "run.json").read_text())["kernel"]["forked"] is False
    assert digests() == before


def test_a_number_traces_to_question_file_and_cell(project: Path) -> None:
    done = digicit(project, "trace", "turkey/quantitative/ACC-03", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["id"] == "turkey/quantitative/ACC-03/share/all"
    assert "how often do you go online" in found["definition"]["question"]
    stated = json.loads(digicit(project, "trace", "turkey/quantitative/ACC-01", "--json").stdout)
    assert stated["sentences"]
    assert found["cell"]["source"].startswith(("wb.", "access"))
    source = json.loads(digicit(project, "trace", "turkey/exploratory/IT.NET.USER.ZS", "--json").stdout)
    assert "World Bank" in source["definition"]["source"]
    assert source["definition"]["licence"]


def rerun(path: Path) -> list[str]:
    """Run an executed notebook again as it is; the kinds of its outputs."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}})
    # A kernel of its own takes as long to start as the cells do; that both are the same, others tell.
    manager = client.create_kernel_manager()
    if os.environ.get(ADDRESS):
        manager.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": "digicit-fork"}
    client.execute()
    return [
        output.output_type for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    ]


@pytest.mark.parametrize(
    "phase",
    ["qualitative", *(pytest.param(p, marks=pytest.mark.long) for p in PHASES if p != "qualitative")],
)
def test_executed_notebooks_run_again_unchanged(project: Path, phase: str) -> None:
    kinds = rerun(project / "outputs" / "turkey" / phase / "workbook.ipynb")
    assert "error" not in kinds
    assert kinds.count("display_data") > 10


def test_papermill_itself_runs_a_workbook(project: Path, tmp_path: Path) -> None:
    """The first cells and the last of a workbook: what all of them give, other tests read."""
    target, source = tmp_path / "q.ipynb", tmp_path / "exploratory.ipynb"
    book = json.loads((project / "workbooks" / "exploratory.ipynb").read_text(encoding="utf-8"))
    book["cells"] = [*book["cells"][:13], book["cells"][-1]]
    source.write_text(json.dumps(book), encoding="utf-8")
    command = [sys.executable, "-m", "papermill", str(source), str(target)]
    # Papermill saves the whole notebook twice a cell, which is half of its time; here it saves at the end.
    command += ["-p", "study", "ukraine", "--no-request-save-on-cell-execute"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    made = target.read_text(encoding="utf-8")
    assert "Ukraine" in made and "<figure" in made
    assert not (project / "outputs" / "ukraine" / "exploratory" / "q.ipynb").exists()


@pytest.mark.parametrize(
    ("study", "evidence_id", "value", "decimals"),
    [
        # CDC, 2021 YRBS Data User Guide, codebook table: QN24, electronically bullied, 15.9 %
        ("usa_yrbs2021", "RSK-01@yrbs", 0.159, 3),
        # Of these, test_data_public reads files, design and shares, test_choosing what they choose.
        pytest.param("turkey_pisa2018", None, None, None, marks=pytest.mark.long),
        pytest.param("turkey_pisa2012", None, None, None, marks=pytest.mark.long),
        pytest.param("ukraine_ess2022", None, None, None, marks=pytest.mark.long),
        pytest.param("russia_pisa2003", None, None, None, marks=pytest.mark.long),
    ],
)
def test_real_files_give_finished_reports(
    project: Path,
    shared: Path,
    study: str,
    evidence_id: str | None,
    value: float | None,
    decimals: int | None,
    tmp_path: Path,
) -> None:
    done = digicit(
        project, "run", f"params/examples/{study}.yaml", "quantitative", DIGICIT_DATA=str(shared / "data")
    )
    assert done.exit_code == 0, done.stderr
    folder = project / "outputs" / study / "quantitative"
    for page in PAGES:
        assert (folder / page).stat().st_size > 2000
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" not in text
    assert "Not measured in this survey" in text
    rows = ev.load(folder)
    assert set(rows["data_kind"]) == {"observed"}
    if evidence_id:
        found = rows[(rows["indicator"] == evidence_id) & (rows["by"] == "") & (rows["statistic"] == "share")]
        assert round(float(found["estimate"].iloc[0]), decimals or 3) == value
        # Two indicators of three waves fill four pages, not seven.
        assert len(PdfReader(folder / "report.pdf").pages) <= 4
    assert half_empty(pictures(folder / "report.pdf", tmp_path / study)) == []


def test_the_demonstration_stays_when_real_studies_run(project: Path) -> None:
    assert pd.Series([(folder / "report.html").is_file() for folder in reports(project)]).all()
