"""The same jobs on a Dask cluster: small inputs travel with them, reports come back, this side publishes.

A worker needs digicit, the same version of it, and its own copy of the data files: they do not travel,
wherever they lie. What differs there is named, and nothing is run on it.
"""

import io
import json
import os
import queue
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from digicit_lib.errors import DigicitError
from digicit_lib.runner.execute import commit, perform, seal, write_changes_page
from digicit_lib.runner.freshness import Hashes
from digicit_lib.runner.jobs import Job, JobResult
from digicit_lib.runner.kernels.provisioner import ADDRESS, SUPPORTED, own_address
from digicit_lib.runner.locks import Scratch
from digicit_lib.runner.plan import load_study, plan_jobs
from digicit_lib.runner.pool import Event, Next
from digicit_lib.runner.publish import empty_stage
from digicit_lib.runner.stored_outputs import stripped
from digicit_lib.safe import inside, write_atomic

CONNECT_SECONDS = 20
_ONE_AT_A_TIME = threading.Lock()


class Cluster:
    """A connection to a scheduler, with the face of `Pool`.

    Parameters
    ----------
    address : str
        Such as ``tls://10.0.0.5:8786``.

    Raises
    ------
    DigicitError
        The `cluster` extra is not installed, or nobody answers at the address.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            raise DigicitError("Dask is not installed.", next="pip install 'digicit[cluster]'") from None
        self.address = address
        try:
            self.client = distributed.Client(
                address, timeout=CONNECT_SECONDS, set_as_default=False, security=_security(address)
            )
        except (OSError, ValueError, TypeError, TimeoutError):
            raise DigicitError("No scheduler answers.", got=address, next="dask scheduler") from None

    def run(self, next_job: Next) -> Iterator[Event]:
        """As `Pool.run`; a job whose worker dies begins again on another, up to Dask's limit.

        Pages whose template alone changed are made anew with the rest: nothing here holds their notebook.
        """
        ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        running: dict[Any, Job] = {}
        while True:
            while len(running) < self._slots() and (next_one := next_job()):
                job = next_one[0]
                if self._gone():
                    yield job, "end", self._lost()
                    continue
                future = self.client.submit(make, replace(job, root=Path()), travelling(job), pure=False)
                running[future.key] = job
                future.add_done_callback(ended.put)
            if not running:
                return
            future = ended.get()
            job = running.pop(future.key)
            yield job, "end", self._settled(future, job)

    def close(self) -> None:
        """Cancel what still runs and say goodbye."""
        self.client.close(timeout=CONNECT_SECONDS)

    def _gone(self) -> bool:
        return bool(self.client.status != "running")

    def _slots(self) -> int:
        """One job a worker process; at least one, which may wait for the first worker."""
        return 1 if self._gone() else max(1, len(self.client.scheduler_info(n_workers=-1)["workers"]))

    def _settled(self, future: Any, job: Job) -> Any:
        """The result of a job, its files unpacked here; of a lost one, what became of it."""
        if future.status == "finished":
            result, packed = future.result()
            unpack(packed, job)
            return result
        if future.status != "error":
            return self._lost()
        problem = type(future.exception()).__name__
        died = problem == "KilledWorker"
        message = "Its workers died, each time it was tried" if died else f"{problem} on the worker"
        return JobResult("failed", f"{message}.", 1)

    def _lost(self) -> Any:
        return JobResult(
            "failed", f"The scheduler at {self.address} went away before this report was made.", 1
        )


def _security(address: str) -> Any:
    """Of a ``tls://`` address: certificates as Dask's own configuration names them, and nothing in clear."""
    from distributed.security import Security

    return Security(require_encryption=True) if address.startswith("tls://") else None


def travelling(job: Job) -> dict[str, bytes]:
    """The files of a job that stand in the project, by name: params, notebooks, registers, lock."""
    data_files = [
        job.params_file,
        "params/defaults.yaml",
        job.workbook,
        job.annex or job.workbook,
        "requirements.lock",
    ]
    # Registers and instruments are YAML. Nothing else goes, wherever it lies: data are read where they are.
    instruments = [Path(path) for path in job.files if path.endswith(".yaml") and job.phase != "qualitative"]
    instruments = [path for path in instruments if path.is_relative_to(job.root)]
    paths = {*instruments, *(inside(job.root, name) for name in data_files)}
    files = {path.relative_to(job.root).as_posix(): path for path in sorted(paths) if path.is_file()}
    return {name: _without_outputs(path) for name, path in files.items()}


def _without_outputs(path: Path) -> bytes:
    """A file's bytes; of a notebook that somebody ran by hand without what its cells have shown."""
    data = path.read_bytes()
    return stripped(data.decode()).encode() if path.suffix == ".ipynb" else data


def make(job: Job, files: dict[str, bytes]) -> tuple[Any, bytes]:
    """On the worker: a project of the files that came, the same job planned in it, the report packed."""
    with _ONE_AT_A_TIME, closing(Scratch()) as scratch:
        root = scratch.path / "project"
        for name, content in {"pyproject.toml": b"", **files}.items():
            write_atomic(inside(root, name), content)
        try:
            here = _planned_here(job, root)
        except DigicitError as error:
            return JobResult("failed", f"A worker cannot take this job. {error}", error.exit_code), b""
        _warm()
        return perform(here), pack(here.stage)


def _planned_here(job: Job, root: Path) -> Job:
    """The job as this machine would plan it; it must have the same inputs."""
    hashes = Hashes(root)
    study = load_study(root / job.params_file, root, hashes)
    (here,) = plan_jobs(study, root, hashes, phases=[job.phase], language=job.language)
    names = {*here.inputs, *job.inputs}
    other = sorted(name for name in names if here.inputs.get(name) != job.inputs.get(name))
    if other:
        raise DigicitError(
            "Its inputs are not the same.", got=", ".join(other), next="install the same digicit"
        )
    return here


def _warm() -> None:
    """Kernels of this worker are forked too, from a fork server of its own that stays for the next job."""
    if SUPPORTED:
        os.environ[ADDRESS] = own_address()


def pack(folder: Path) -> bytes:
    """A folder as one ZIP."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return packed.getvalue()


def unpack(packed: bytes, job: Job) -> None:
    """Stage what came back; the commit and the page of changes are this side's knowledge."""
    stage = empty_stage(job)
    if not packed:
        return
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                write_atomic(inside(stage, entry.filename), archive.read(entry))
    record = stage / "run.json"
    if record.is_file():
        write_changes_page(job, stage)
        seal(job, stage, json.loads(record.read_text(encoding="utf-8")) | {"commit": commit(job.root)})
