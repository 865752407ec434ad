"""Other doors than `print`: whatever a cell does with rows, none is kept, in a run that fails or succeeds."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import zoo
from papermill.exceptions import PapermillExecutionError

from digicit_lib.errors import PublicationRefused
from digicit_lib.runner import Batch, Outcome, failures
from digicit_lib.runner.execute import explain
from digicit_lib.runner.failures import _error_without_words, error_kind, places_of
from digicit_lib.runner.notebooks import read_notebook
from digicit_lib.runner.output_check import check_made, without_values
from digicit_lib.runner.stray_files import strays

START = """import logging, os, sys, warnings, json
from pathlib import Path
import numpy as np, pandas as pd
from IPython.display import display, HTML, Markdown, JSON, SVG, Latex, Javascript, Pretty, Code
CANARY = "ZYX" + "ROW"
rows = pd.DataFrame({"id": [CANARY + str(i) for i in range(5)], "age": range(9, 14), "yes": 1.0})
text, one = rows.to_csv(), rows.id[0]
BLOCK = "application/vnd.digicit.block+json"
bare = {BLOCK: {"kind": "list", "items": ["a"]}}
from digicit_lib.exhibits.blocks import block_output
good, sealed = block_output({"kind": "list", "items": ["a"]}, "text/html", "<p>a</p>")
kernel = get_ipython().kernel
"""
# Each shows rows, and is refused.
LOUD = {
    "expr frame": "rows",
    "expr series": "rows['id']",
    "expr row": "rows.iloc[0]",
    "expr list": "[rows, rows]",
    "expr dict": "{'a': rows}",
    "expr tuple": "(rows.head(1), 1)",
    "expr records": "rows.to_dict('records')",
    "expr array": "rows.to_numpy()",
    "expr index": "rows.set_index('id').index",
    "expr string": "rows.to_csv()",
    "expr set": "set(rows['id'])",
    "styler": "rows.style",
    "styler deep": "display(rows.style.highlight_max(subset=['yes']))",
    "groupby": "display(dict(list(rows.groupby('id'))))",
    "html": "display(HTML(rows.to_html()))",
    "markdown": "display(Markdown(str(rows.to_dict())))",
    "json": "display(JSON(rows.to_dict()))",
    "latex": "display(Latex(str(rows['id'].tolist())))",
    "javascript": "display(Javascript('// ' + rows.to_csv()))",
    "svg": "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><text>' + one + '</text></svg>'))",
    "pretty": "display(Pretty(str(rows)))",
    "code": "display(Code(rows.to_csv()))",
    "repr html": "class Holder:\n    def _repr_html_(self): return rows.to_html()\nHolder()",
    "repr mimebundle": (
        "class Bundle:\n"
        "    def _repr_mimebundle_(self, **k): return {BLOCK: {'kind': 'rows', 'text': text}}\n"
        "Bundle()"
    ),
    "repr png": "class Png:\n    def _repr_png_(self): return rows.to_csv().encode()\nPng()",
    "block of other kind": "display({BLOCK: {'kind': 'frame', 'rows': rows.to_dict('list')}}, raw=True)",
    "hand-made block": "display({**bare, 'text/html': '<p>a</p>'}, raw=True)",
    "html of another block": "display({**good, 'text/html': rows.to_html()}, metadata=sealed, raw=True)",
    "markdown beside a block": "display({**good, 'text/markdown': one}, metadata=sealed, raw=True)",
    "altered block": "good[BLOCK]['items'] += [one]\ndisplay(good, metadata=sealed, raw=True)",
    "block with csv": "display({**bare, 'text/csv': text}, raw=True)",
    "print": "print(rows)",
    "raw stdout": "sys.__stdout__.write(str(rows)); sys.__stdout__.flush()",
    "fd1": "os.write(1, str(rows).encode());",
    "child": "import subprocess; subprocess.run(['echo', one]);",
    "shell": "!echo {one}",
    "logging stdout": (
        "logging.getLogger('a').addHandler(logging.StreamHandler(sys.stdout)); "
        "logging.getLogger('a').error(one)"
    ),
    "figure": "import matplotlib.pyplot as plt; plt.scatter(rows.age, rows.yes); plt.title(one); plt.show()",
    "figure expr": "import matplotlib.pyplot as plt\nplt.figure().text(0, 0, one)",
    "figure left": "import matplotlib.pyplot as plt\n_ = plt.plot(rows.age)",
    "display id": "h = display(bare, raw=True, display_id='d')\nh.update(rows)",
    "displayhook": "sys.displayhook(rows)",
    "thread": "import threading; t = threading.Thread(target=lambda: print(rows)); t.start(); t.join()",
    "capture show": (
        "from IPython.utils.capture import capture_output\n"
        "with capture_output() as got: print(rows)\n"
        "got.show()"
    ),
    "publisher": "get_ipython().display_pub.publish({'text/csv': text})",
    "iopub": (
        "kernel.session.send(kernel.iopub_socket, 'display_data', "
        "content={'data': {'text/csv': text}, 'metadata': {}, 'transient': {}}, "
        "parent=get_ipython().parent_header)"
    ),
    "clear": "from IPython.display import clear_output\nprint(rows); clear_output(wait=True)",
}
# Each writes rows where no page is made of, which stops nothing and is kept nowhere.
QUIET = {
    "print stderr": "print(rows, file=sys.stderr)",
    "raw stderr": "sys.__stderr__.write(str(rows)); sys.__stderr__.flush()",
    "fd2": "os.write(2, str(rows).encode());",
    "child stderr": "import subprocess\nsubprocess.run(['sh', '-c', f'echo {one} >&2']);",
    "logging": "logging.getLogger().warning('%s', rows.to_dict())",
    "warning": "warnings.warn(one)",
    "warning place": "warnings.warn_explicit('odd', UserWarning, one, 3)",
    "warning kind": "warnings.warn_explicit('odd', type(one + 'Warning', (UserWarning,), {}), 'a.py', 3)",
    "set next input": "get_ipython().set_next_input('# ' + one)",
    "pager": "get_ipython().run_line_magic('pinfo', 'rows')",
    "page": "from IPython.core import page; page.page(rows.to_csv())",
    "comm": (
        "from comm import create_comm\n"
        "c = create_comm(target_name='jupyter.widget', data={'state': {'_model_name': one, "
        "'_model_module': 'x', '_model_module_version': '1', 'value': text}})"
    ),
    "excepthook": (
        "import traceback\ntry:\n    raise ValueError(one)\nexcept ValueError: traceback.print_exc()"
    ),
    "tqdm like": "sys.stderr.write('\\r' + one + ' 50%'); sys.stderr.flush()",
    "atexit": "import atexit; atexit.register(lambda: os.write(2, one.encode()));",
    "faulthandler": "import faulthandler; faulthandler.dump_traceback(file=sys.__stderr__)",
    "env": "os.environ['PS1'] = one;",
    "history": "In.append(one); Out[0] = rows;",
    "block metadata": "display(good, metadata={**sealed, 'rows': text}, raw=True)",
    "block with plain": "display({**good, 'text/plain': text}, metadata=sealed, raw=True)",
}


def run(tmp_path: Path, cells: dict[str, str], *, forked: bool = True) -> tuple[Outcome, list[str]]:
    """The good notebook with these cells; files of the project's outputs that hold a row."""
    root = zoo.make_root(tmp_path)
    slug = zoo.add_study(root, "good", "doors")
    path = root / "workbooks" / slug / "quantitative.ipynb"
    notebook = json.loads(path.read_text())
    closing = next(i for i, c in enumerate(notebook["cells"]) if "closing" in c["metadata"].get("tags", []))
    empty: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    made = [
        {**empty, "id": name.replace(" ", "-"), "source": text}
        for name, text in {"start": START, **cells}.items()
    ]
    notebook["cells"][closing:closing] = made
    path.write_text(json.dumps(notebook))
    (outcome,) = Batch(zoo.jobs_of(root, slug), zoo.Heard(), forked=forked).run(1)
    files = [path for path in (root / "outputs").rglob("*") if path.is_file()]
    return outcome, [path.name for path in files if b"ZYXROW" in path.read_bytes()]


def test_each_door_by_which_rows_are_shown_is_refused_and_keeps_nothing(tmp_path: Path) -> None:
    outcome, leaks = run(tmp_path, LOUD)
    assert (outcome.state, outcome.exit_code, leaks) == ("refused", 3, []), outcome.message
    cells = read_notebook(outcome.job.failed / "workbook.ipynb")["cells"]
    late = {
        "raw-stdout",
        "fd1",
        "child",
    }  # which reach the notebook with the cell that runs just then, or never
    open_ = [c["id"] for c in cells if c["id"].replace("-", " ") in LOUD and not c["metadata"].get("refused")]
    assert set(open_) <= late


def test_what_is_written_elsewhere_than_on_a_page_is_kept_nowhere(tmp_path: Path) -> None:
    outcome, leaks = run(tmp_path, QUIET)
    assert (outcome.state, leaks) == ("done", []), outcome.message
    notebook = read_notebook(outcome.job.target / "workbook.ipynb")
    assert set(notebook["metadata"]) == {"kernelspec", "language_info", "papermill"}
    assert "UserWarning" in outcome.job.log.read_text()
    assert {str(o.get("metadata")) for c in notebook["cells"] for o in c.get("outputs", [])} == {"{}"}


PAST = ("", "rows.csv", "other/quantitative/rows.csv", "other/quantitative/exhibits/rows.csv")


@pytest.mark.parametrize("place", PAST)
def test_a_file_that_a_cell_writes_past_its_report_refuses_the_report(tmp_path: Path, place: str) -> None:
    """Beside the studies, or into the report of another one; what lay there before stops nothing."""
    outputs = tmp_path / "ro ot {pm[run_uuid]} ü" / "outputs"
    other = outputs / "other" / "quantitative"
    (other / "exhibits").mkdir(parents=True)
    (other / "run.json").write_text('{"outputs": {"report.html": {}}}')
    (other / "report.html").write_text("<p>a report</p>")
    (other / "old.txt").write_text("here for long")
    os.utime(other / "old.txt", (1, 1))
    target = outputs / place
    outcome, _ = run(tmp_path, {"write": f"rows.to_csv({str(target)!r});"} if place else {})
    if not place:
        assert (outcome.state, strays(outputs)) == ("done", [other / "old.txt"]), outcome.message
        return
    assert (outcome.state, outcome.exit_code) == ("refused", 3), outcome.message
    assert "into outputs/" in outcome.message and target in strays(outputs)


def test_an_ordinary_kernel_writes_no_row_into_the_log(tmp_path: Path) -> None:
    cells = {
        name: (LOUD | QUIET)[name] for name in ("raw stdout", "fd1", "child", "raw stderr", "fd2", "atexit")
    }
    outcome, leaks = run(tmp_path, cells, forked=False)
    assert (outcome.state in ("done", "refused"), leaks) == (True, []), outcome.message


def test_the_name_of_an_error_may_be_an_answer_too() -> None:
    """A cell names its own errors: what is not named as errors are is told nowhere."""
    place = ["\x1b[0;31mCell In[5], line 1\x1b[0m", "ZYXROW9: x"]
    error = PapermillExecutionError(0, 1, "raise x", "ZYXROW9", "girl, 9", place)
    told = [explain(error, None), *places_of(error)]  # type: ignore[arg-type]
    shown = {"output_type": "error", "ename": "ZYXROW9", "evalue": "girl, 9", "traceback": place}
    told.append(_error_without_words(shown))
    assert "ZYXROW" not in str(told) and "girl" not in str(told)
    assert told[0][1].startswith("A cell raised an error of its own kind.\n  next: ")
    assert [error_kind(name) for name in ("LinAlgError", "PublicationRefused")] == [
        "LinAlgError",
        "PublicationRefused",
    ]


def test_a_place_of_an_error_is_a_file_that_is_installed() -> None:
    """Code may be called after an answer, and so may the file that it says it is in."""
    name = "ZYXROW_girl_9"
    code = compile(f"def {name}():\n raise KeyError", f"/tmp/{name}.py", "exec")
    scope: dict[str, Any] = {}
    exec(code, scope)
    with pytest.raises(KeyError) as raised:
        scope[name]()
    assert "ZYXROW" not in str([*places_of(raised.value)])
    ours = failures.__file__
    for place in (
        f"File /tmp/{name}.py:1, in f()",
        f"File ~/ZYX ROW/{name}.py:1, in f()",
        "File ZYXROW:9, in x",
    ):
        assert failures.places_in([place, f"File {ours}:3, in {name}()"]) == [
            "a file of its own",
            f"File {ours}:3",
        ]
        assert not failures.is_ours("PublicationRefused", [place])
    assert failures.is_ours("PublicationRefused", [f"File {ours}:3, in x"])


def test_what_a_cell_passes_as_a_name_is_told_where_somebody_has_written_it(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "good.yaml").write_text("team: Zyxteam\nids: [RSK-99]")
    told = "Unknown indicator.\n  where:   wb.estimate\n  got:     {}\n  next:    RSK-01"
    for name in ("ZYXROW9", "Ayşegülcan", "RSK-01, zyxrows"):
        assert without_values(told.format(name), tmp_path) == told.format("what nobody has written")
    for name in ("RSK-99", "Zyxteam", "60 marks", "a text with a figure in it"):
        assert without_values(told.format(name), tmp_path) == told.format(name)


def empty_folder(stage: Path) -> None:
    (stage / "exhibits" / "ZYX00001").mkdir(parents=True)


def linked_folder(stage: Path) -> None:
    (stage / "exhibits").symlink_to(stage.parent / "data")


def linked_report(stage: Path) -> None:
    (stage / "evidence.csv").unlink()
    (stage / "evidence.csv").symlink_to(stage.parent / "data" / "answers.csv")


def hidden_file(stage: Path) -> None:
    (stage / ".rows").write_text("x")


def deep_file(stage: Path) -> None:
    (stage / "a" / "b").mkdir(parents=True)
    (stage / "a" / "b" / "rows.csv").write_text("x")


def other_evidence(stage: Path) -> None:
    (stage / "evidence.csv.bak").write_text("x")


@pytest.mark.parametrize(
    "put", [empty_folder, linked_folder, linked_report, hidden_file, deep_file, other_evidence]
)
def test_what_a_cell_puts_beside_its_evidence_is_refused(tmp_path: Path, put: Any) -> None:
    """Also a folder that leads elsewhere, which would be published, and one whose name says something."""
    stage, data = tmp_path / "stage", tmp_path / "data"
    for folder in (stage, data):
        folder.mkdir()
    (data / "answers.csv").write_text("id\n1\n")
    for name in ("evidence.csv", "evidence.parquet", "findings.json"):
        (stage / name).write_text("x")
    (stage / "workbook.ipynb").write_text('{"cells": []}')

    class Job:
        phase = "quantitative"

    check_made(Job, stage)  # type: ignore[arg-type]
    put(stage)
    with pytest.raises(PublicationRefused, match="no exhibit names") as refused:
        check_made(Job, stage)  # type: ignore[arg-type]
    assert "ZYX" not in str(refused.value)
