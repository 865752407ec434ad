"""The same jobs on a real local Dask cluster of separate worker processes."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest
import zoo

from digicit_lib.errors import DigicitError
from digicit_lib.runner import Batch, Outcome
from digicit_lib.runner import cluster as cluster_room
from digicit_lib.runner.kernels import provisioner as kernel_room
from digicit_lib.runner.pool import Pool

dask = pytest.importorskip("dask", reason="the extra `cluster` is not installed")
distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytestmark = pytest.mark.skipif(
    not kernel_room.SUPPORTED, reason="the zoo kills through a forked kernel's parents"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zoo.make_root(tmp_path_factory.mktemp("cluster"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Workers have the library loaded: to start six takes a quarter of a minute. The long test's load it."""
    Pool(1, {})
    forkserver.ensure_running()
    how = {"scheduler.allowed-failures": 1, "worker.multiprocessing-method": "forkserver"}
    config = dask.config.set({f"distributed.{name}": value for name, value in how.items()})
    with config, local(2, env={"DIGICIT_DATA": str(tmp_path_factory.mktemp("data"))}) as made:
        yield made.scheduler_address


def local(workers: int, **how: Any) -> Any:
    return distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, **how)


def run(root: Path, address: str, *slugs: str) -> dict[str, Outcome]:
    jobs = zoo.jobs_of(root, *slugs)
    return {o.job.study: o for o in Batch(jobs, zoo.Heard(), force=True).run(1, address)}


@pytest.fixture(scope="module")
def ran(root: Path, address: str) -> dict[str, Outcome]:
    names = ("good", "raises", "kills_worker_once", "kills_worker_always")
    for name in names:
        zoo.add_study(root, name)
        zoo.put_last_good_report(root, name)
    # One after the other: a task that waits at a worker when another kills it counts as suspect too.
    return run(root, address, *names[:-1]) | run(root, address, names[-1])


def test_a_report_comes_back_with_the_bytes_of_this_machine(ran, root: Path) -> None:
    job = ran["good"].job
    away = json.loads((job.target / "run.json").read_text())
    assert (ran["good"].state, away["kernel"]["forked"]) == ("done", True)
    (outcome,) = Batch(zoo.jobs_of(root, "good"), zoo.Heard(), force=True).run(1)
    here = json.loads((job.target / "run.json").read_text())
    for name in ("changes.html", "changes.csv"):
        assert [record["outputs"].pop(name, None) is None for record in (away, here)] == [True, False]
    assert outcome.state == "done"
    assert away["outputs"] == here["outputs"]


def test_a_job_that_always_fails_fails_once_and_alone(ran, root: Path) -> None:
    assert ran["raises"].message.startswith("A cell raised KeyError.")
    assert (ran["raises"].job.failed / "failure.html").is_file()


def test_a_job_whose_worker_is_killed_begins_again(ran) -> None:
    assert ran["kills_worker_once"].state == "done"


def test_a_job_that_kills_every_worker_is_given_up(ran, root: Path) -> None:
    assert ran["kills_worker_always"].message == "Its workers died, each time it was tried."
    page = root / "outputs" / "kills_worker_always" / "quantitative" / "report.html"
    assert page.read_text() == "the last good report"


def test_a_worker_without_the_data_file_says_so(tmp_path: Path, address: str, monkeypatch) -> None:
    """The file is under this side's DIGICIT_DATA, which is not the workers'."""
    root, data = zoo.make_root(tmp_path), tmp_path / "here"
    zoo.add_study(root, "good", "real")
    data.mkdir()
    (data / "coded" / "transcripts").mkdir(parents=True)
    (data / "coded" / "transcripts" / "one.txt").write_text("P01: We made the rules together.")
    params = root / "params" / "real.yaml"
    text = params.read_text().replace("phases: [quantitative]", "phases: [qualitative]")
    params.write_text(
        text.replace("survey: {kind: synthetic, seed: 1}", "interviews: {kind: project, path: coded}")
    )
    book = root / "workbooks" / "real" / "quantitative.ipynb"
    book.rename(book.with_name("qualitative.ipynb"))
    monkeypatch.setenv("DIGICIT_DATA", str(data))
    message = run(root, address, "real")["real"].message
    assert message.startswith("A worker cannot take this job. Interview data not found.")


def test_a_worker_with_another_library_is_not_used(root: Path, address: str, monkeypatch) -> None:
    zoo.add_study(root, "good", "other")
    (job,) = zoo.jobs_of(root, "other")
    job.inputs["library"] = "0" * 64
    (outcome,) = Batch([job], zoo.Heard(), force=True).run(1, address)
    assert "Its inputs are not the same." in outcome.message and "library" in outcome.message


def test_an_address_where_nobody_answers_is_told_before_anything_starts(root: Path, monkeypatch) -> None:
    monkeypatch.setattr(cluster_room, "CONNECT_SECONDS", 1)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(DigicitError, match="No scheduler answers"):
            run(root, f"tcp://127.0.0.1:{unused.getsockname()[1]}", "good")


def test_a_scheduler_that_goes_away_fails_what_was_left_and_harms_nothing(root: Path, monkeypatch) -> None:
    zoo.add_study(root, "hangs")
    page = root / "outputs" / "hangs" / "quantitative" / "report.html"
    page.parent.mkdir(parents=True)
    page.write_text("the last good report")
    made = local(1)

    class Leaves(cluster_room.Cluster):
        """The scheduler goes as soon as the first job has been handed over."""

        def __init__(self, address: str) -> None:
            super().__init__(address)
            submit = self.client.submit

            def submit_and_go(*args: Any, **options: Any) -> Any:
                future = submit(*args, **options)
                threading.Thread(target=made.close).start()
                return future

            self.client.submit = submit_and_go

    monkeypatch.setattr(cluster_room, "Cluster", Leaves)
    first, second = Batch(zoo.jobs_of(root, "hangs", "good"), zoo.Heard(), force=True).run(
        1, made.scheduler_address
    )
    for outcome in (first, second):
        assert "went away before this report was made" in outcome.message
    assert page.read_text() == "the last good report"


# --- TLS ------------------------------------------------------------------------------------------------


def certified(folder: Path) -> dict[str, str]:
    """Dask's configuration with a fresh certificate that vouches for itself, on every side."""
    folder.mkdir()
    request = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=digicit",
    ]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*request, *files], check=True, capture_output=True)
    tls = "distributed.comm.tls"
    roles = {
        f"{tls}.{role}.{name}": str(folder / f"{name}.pem")
        for role in ("client", "scheduler", "worker")
        for name in ("cert", "key")
    }
    return {f"{tls}.ca-file": str(folder / "cert.pem"), **roles}


@pytest.mark.long
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates of this test")
def test_a_report_is_made_over_tls_and_by_nobody_of_another_authority(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    zoo.add_study(root, "good", "secret")
    how = {"protocol": "tls", "n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with dask.config.set(certified(tmp_path / "ours")):
        secure = distributed.Security(require_encryption=True)
        with distributed.LocalCluster(**how, security=secure) as made:
            address = made.scheduler_address
            assert address.startswith("tls://")
            assert run(root, address, "secret")["secret"].state == "done"
            monkeypatch.setattr(cluster_room, "CONNECT_SECONDS", 3)
            for other in (certified(tmp_path / "theirs"), {"distributed.comm.tls.client.cert": None}):
                with dask.config.set(other), pytest.raises(DigicitError, match="No scheduler answers"):
                    cluster_room.Cluster(address)
            with pytest.raises(DigicitError, match="No scheduler answers"):
                cluster_room.Cluster(address.replace("tls://", "tcp://"))
