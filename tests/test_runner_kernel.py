"""Forked kernels: they put out what ordinary ones do, end as they do, and give way to them."""

from __future__ import annotations

import errno
import json
import os
import re
import select
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from types import SimpleNamespace

import papermill
import pytest
import zoo
from jupyter_client.manager import KernelManager

from digicit_lib.exhibits.blocks import MIME
from digicit_lib.runner import Batch, Hashes, load_study
from digicit_lib.runner import batch as batch_room
from digicit_lib.runner.crate import FILE
from digicit_lib.runner.kernels import fork_server
from digicit_lib.runner.kernels import provisioner as kernel_room
from digicit_lib.runner.kernels.provisioner import ADDRESS, Forked, ForkServer

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(not kernel_room.SUPPORTED, reason="kernels are forked on Linux only")


@pytest.fixture
def warm(warm_kernels: ForkServer) -> ForkServer:
    return warm_kernels


@pytest.fixture
def manager(warm: ForkServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[KernelManager]:
    """A kernel as JupyterLab would start it: by the kernelspec `digicit`."""
    shutil.copytree(ROOT / "digicit_lib" / "runner" / "kernelspec", tmp_path / "kernels" / "digicit")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv(ADDRESS, warm.address)
    made = KernelManager(kernel_name="digicit")
    made.start_kernel()
    yield made
    made.shutdown_kernel(now=True)


@pytest.fixture
def ask(manager: KernelManager) -> Iterator[Kernel]:
    kernel = Kernel(manager)
    yield kernel
    kernel.client.stop_channels()


class Kernel:
    """A client that gives what a line of code prints."""

    def __init__(self, manager: KernelManager) -> None:
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def __call__(self, code: str) -> str:
        told: list[str] = []
        self.client.execute_interactive(code, timeout=30, output_hook=lambda m: told.append(self._text(m)))
        return "".join(told).strip()

    @staticmethod
    def _text(message: dict) -> str:
        return message["content"].get("text", "") or message["content"].get("ename", "")


# --- the same outputs --------------------------------------------------------------------------------


def published(root: Path, phase: str, *, forked: bool) -> dict[str, bytes]:
    """Every published byte of a report, except records of the run itself."""
    jobs = [job for job in zoo.jobs_of(root, "turkey") if job.phase == phase]
    outcomes = Batch(jobs, zoo.Heard(), force=True, forked=forked).run(2)
    assert [outcome.message for outcome in outcomes] == [""] * len(outcomes)
    used = {json.loads((o.job.target / "run.json").read_text())["kernel"]["forked"] for o in outcomes}
    assert used == {forked}
    files = (p for o in outcomes for p in sorted(o.job.target.rglob("*")) if p.is_file())
    kept = (path for path in files if path.name not in ("run.json", FILE, "changes.html", "changes.csv"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in kept}


def outputs(folder: Path, address: str) -> dict[str, list[dict]]:
    """What the cells of a notebook show, before a run would refuse it; of two texts in a row stdout first."""
    folder.mkdir()
    told = {**fork_server.ENVIRONMENT, "DIGICIT_STAGE": str(folder), ADDRESS: address}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        source = str(zoo.NOTEBOOKS / "shows.ipynb")
        made = papermill.execute_notebook(source, None, engine_name="digicit", kernel_name="python3")
    assert made.metadata.papermill.kernel["forked"] is bool(address)
    cells = [cell for cell in made.cells if "outputs" in cell]
    return {c.id: sorted(c.outputs, key=lambda o: o.get("name", ""), reverse=True) for c in cells}


def test_all_kernels_show_the_same(warm: ForkServer, tmp_path: Path) -> None:
    forked = outputs(tmp_path / "forked", warm.address)
    texts = [json.dumps(made) for made in (forked, outputs(tmp_path / "ordinary", ""))]
    assert len({re.sub(r"ipykernel_\d+", "ipykernel", text) for text in texts}) == 1
    assert [o["output_type"] for o in forked["plot"]] == ["display_data"]  # the backend was not chosen before
    assert [o["output_type"] for o in forked["frame"]] == ["execute_result"]


@pytest.mark.long  # of the qualitative workbook test_reports sees it in every run
@pytest.mark.parametrize("phase", ["quantitative", "exploratory"])
def test_all_kernels_give_the_same_bytes_for_every_workbook(tmp_path: Path, phase: str) -> None:
    for name in ("params", "workbooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "pyproject.toml").touch()
    made = published(tmp_path, phase, forked=True)
    assert f"outputs/turkey/{phase}/report.html" in made
    assert made == published(tmp_path, phase, forked=False)


# --- the same manners --------------------------------------------------------------------------------


@pytest.mark.parametrize("busy", ["import time; time.sleep(60)", "while True: pass"])
def test_a_cell_can_be_interrupted(manager: KernelManager, ask: Kernel, busy: str) -> None:
    ask("x = 1")
    # After an error ipykernel refuses what comes within a moment, unless the request says that it should not.
    started = ask.client.execute(f"print('on it', flush=True)\n{busy}", stop_on_error=False)
    while ask.client.get_iopub_msg(timeout=30)["content"].get("text") != "on it\n":
        continue
    reply = {"parent_header": {}}
    manager.interrupt_kernel()
    while reply["parent_header"].get("msg_id") != started:  # the first reply may still be that of x = 1
        try:
            reply = ask.client.get_shell_msg(timeout=10)
        except Empty:  # it came while the kernel was busy with the print
            manager.interrupt_kernel()
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert ask("print(x)") == "1"


def test_a_restarted_kernel_is_a_new_one(manager: KernelManager, ask: Kernel) -> None:
    before = ask("import os; x = 1; print(os.getpid())")
    manager.restart_kernel(now=True)
    ask.client.wait_for_ready(timeout=60)
    assert ask("print('x' in dir(), os.getpid() if 'os' in dir() else '')") == "False"
    assert ask("import os; print(os.getpid())") != before


@pytest.mark.parametrize("number", [9, 11])
def test_a_killed_kernel_is_seen_to_be_dead(manager: KernelManager, ask: Kernel, number: int) -> None:
    pid = int(ask("import os; print(os.getpid())"))
    process = manager.provisioner.process
    ask.client.execute(f"os.kill(os.getpid(), {number})")
    assert process.wait() == -number
    assert not manager.is_alive()
    assert process.pid == pid


def test_kernels_share_nothing_and_get_exactly_the_environment_asked_for(
    warm: ForkServer, monkeypatch
) -> None:
    monkeypatch.setenv(ADDRESS, warm.address)
    told = []
    for name in ("FIRST", "SECOND"):
        manager = KernelManager(kernel_name="python3")
        manager.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": "digicit-fork"}
        manager.start_kernel(env={**os.environ, name: "1"})
        ask = Kernel(manager)
        assert isinstance(manager.provisioner.process, Forked)
        told.append(ask("import os, random; import numpy as np; print(random.random(), np.random.rand())"))
        names = ask(f"print([n for n in ('FIRST', 'SECOND', '{ADDRESS}') if n in os.environ])")
        assert names == f"['{name}']"
        ask.client.stop_channels()
        manager.shutdown_kernel(now=True)
    first, second = (line.split() for line in told)
    assert first[0] != second[0] and first[1] != second[1]


def test_a_kernels_forks_end_with_it(tmp_path: Path) -> None:
    root = zoo.make_root(tmp_path)
    zoo.add_study(root, "forks_many")
    (outcome,) = Batch(zoo.jobs_of(root, "forks_many"), zoo.Heard()).run(1)
    cells = json.loads((outcome.job.target / "workbook.ipynb").read_text())["cells"]
    children = next(c for c in cells if c["id"] == "body")["outputs"][0]["data"][MIME]["items"]
    assert len(children) == 40
    states = [Path(f"/proc/{pid}/stat") for pid in children]
    assert not [s for s in states if s.exists() and s.read_text().split()[2] != "Z"]


def request(warm: ForkServer) -> Forked:
    """A bare kernel process, whose connection file nobody has written: it stays until its owner goes."""
    command = ["python", *kernel_room.LAUNCHER, "-f", f"{warm.folder.path}/{os.urandom(4).hex()}.json"]
    return Forked(command, {**os.environ, ADDRESS: warm.address}, None)


def test_a_kernel_ends_when_its_owner_does(warm: ForkServer) -> None:
    process = request(warm)
    handle = os.pidfd_open(process.pid)
    assert process.poll() is None
    process.socket.close()
    assert select.select([handle], [], [], 30)[0]
    os.close(handle)


# --- giving way --------------------------------------------------------------------------------------


def test_the_fork_server_is_private_and_ends_with_its_parent(tmp_path: Path) -> None:
    made = ForkServer(tmp_path / "log")
    request(made).kill()
    folder, address = Path(made.folder.path), Path(made.address)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(address.stat().st_mode) == 0o600
    assert len(list(Path(f"/proc/{made.process.pid}/task").iterdir())) == 1
    made.close()
    assert made.process.returncode == 0
    assert not folder.exists()
    assert (tmp_path / "log").read_text() == ""


@pytest.mark.parametrize(
    ("phases", "workers", "expected"),
    [
        (["exploratory", "exploratory"], 1, []),
        (["exploratory", "qualitative"], 1, ["talk"]),
        (["qualitative", "quantitative"], 1, ["talk", "models"]),
        (["qualitative", "quantitative"], 2, []),  # both begin at once
    ],
)
def test_what_some_kernels_use_is_loaded_where_one_comes_later(
    phases: list[str], workers: int, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.delenv(ADDRESS, raising=False)
    monkeypatch.setattr(kernel_room.subprocess, "Popen", lambda command, **_: commands.append(command))
    monkeypatch.setattr(ForkServer, "close", lambda server: server.folder.close())
    batch = SimpleNamespace(waiting=[SimpleNamespace(phase=p, root=tmp_path) for p in phases], forked=True)
    with Batch._workers(batch, workers, None):
        assert commands[0][4:] == expected


def test_desk_reviews_begin_and_the_longest_of_the_rest_follows(tmp_path: Path) -> None:
    jobs = []
    for phase, seconds in {"qualitative": 10, "quantitative": 20, "exploratory": 5}.items():
        jobs.append(SimpleNamespace(phase=phase, target=tmp_path / phase))
        jobs[-1].target.mkdir()
        record = {"inputs": {}, "outputs": {}, "timings": {"execute": seconds}}
        (jobs[-1].target / "run.json").write_text(json.dumps(record))
    expected = ["exploratory", "quantitative", "qualitative"]
    assert [job.phase for job in Batch(jobs, zoo.Heard()).waiting] == expected


def test_kernels_are_made_ready_while_a_new_study_is_planned_and_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, begun, ended = zoo.make_root(tmp_path), [], []
    for name in ("good", "other"):
        zoo.add_study(root, "good", name)

    @contextmanager
    def warm(root: Path, *, wanted: bool, phases: set[str]) -> Iterator[dict[str, str]]:
        begun.append((root, phases))
        yield {ADDRESS: "here"}
        ended.append(root)

    monkeypatch.setattr(batch_room, "warm_kernels", warm)
    monkeypatch.delenv(ADDRESS)
    hashes = Hashes(root)
    with batch_room.warm_ahead(hashes, {"qualitative"}):
        load_study("good", root, hashes)
        assert begun == [(root, {"qualitative"})] and os.environ[ADDRESS] == "here"
    assert ended == [root] and ADDRESS not in os.environ
    with batch_room.warm_ahead(hashes, set()):
        load_study("good", root, hashes)  # known by now
    load_study("other", root, hashes)  # nobody runs it
    assert len(begun) == 1
    with batch_room.warm_ahead(hashes, set(), at_once=True):
        assert len(begun) == 2


def test_later_kernels_get_the_words_of_talk_and_models_without_a_thread() -> None:
    code = """
import os, sys, digicit_lib.runner.kernels.fork_server as server
server.preload()
assert "statsmodels.api" not in sys.modules
for what in server.LATER:
    server.load_later(what)
from digicit_lib.qualitative import dictionaries, name_forms
from digicit_lib.language import take_said
read = [part.cache_info().currsize for part in (dictionaries._english, name_forms.given_names)]
print(min(read) > 0, "statsmodels.api" in sys.modules, take_said())
"""
    told = os.environ | fork_server.ENVIRONMENT
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=told, check=False)
    assert done.stdout.split("\n") == ["True True {}", ""], done.stderr


def stale(folder: Path) -> str:
    """A socket file whose process has gone."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
    return str(folder / "s")


def deaf(folder: Path) -> str:
    """A fork server that takes the request and dies."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "s"))
    listener.listen()
    threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
    return str(folder / "s")


@pytest.mark.parametrize("make", [stale, deaf, lambda folder: str(folder / "nowhere")])
def test_without_a_fork_server_the_ordinary_kernel_does_the_work(
    tmp_path: Path, monkeypatch, make, caplog
) -> None:
    import papermill

    monkeypatch.setenv(ADDRESS, make(tmp_path))
    monkeypatch.setenv("DIGICIT_STAGE", str(tmp_path))
    source, target = str(zoo.NOTEBOOKS / "good.ipynb"), str(tmp_path / "out.ipynb")
    made = papermill.execute_notebook(source, target, engine_name="digicit")
    assert made.metadata.papermill.kernel == {"forked": False}
    assert (tmp_path / "evidence.csv").is_file()


def test_a_fork_that_fails_is_told_to_the_client(tmp_path: Path, monkeypatch) -> None:
    def no_fork() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", no_fork)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    answering = threading.Thread(target=fork_server.answer, args=(listener, {}))
    answering.start()
    with pytest.raises(OSError, match="temporarily unavailable"):
        Forked(["python", *kernel_room.LAUNCHER], {ADDRESS: str(tmp_path / "s")}, None)
    answering.join()
    listener.close()


def test_a_client_that_talks_nonsense_harms_nobody(warm: ForkServer) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(warm.address)
        client.sendall(b"not json\n")
        assert b"error" in client.recv(4096)
    process = request(warm)
    process.kill()
    assert process.wait() == -9


def test_the_fork_server_of_an_older_library_or_a_dead_one_is_replaced(monkeypatch) -> None:
    monkeypatch.setattr(kernel_room, "_OWN", {})
    first = kernel_room.own_address()
    assert kernel_room.own_address() == first
    kernel_room._OWN["fork_server"].process.kill()
    kernel_room._OWN["fork_server"].process.wait()
    second = kernel_room.own_address()
    assert second != first
    monkeypatch.setattr(kernel_room, "library_stamp", lambda: (0.0, 0.0))
    assert kernel_room.own_address() != second
