"""Many jobs at once: what is fresh is left alone, each end is published, a stop leaves no trace."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from digicit_lib.errors import DigicitError, RunError, as_digicit_error
from digicit_lib.runner.freshness import NOT_MADE, Hashes, State, read_record, state_of
from digicit_lib.runner.jobs import OUTPUTS, Job
from digicit_lib.runner.locks import Locks, staging, sweep_scratch
from digicit_lib.runner.pool import Event, Pool
from digicit_lib.runner.publish import keep_failure, publish, recover
from digicit_lib.safe import private_folder

Source = Callable[[Callable[[], "tuple[Job, bool] | None"]], Iterator[Event]]


SETTLED = ("fresh", NOT_MADE)  # nothing to do until an input changes


@dataclass(frozen=True)
class Outcome:
    """What a batch made of a job: `fresh`, `done`, `not made`, `failed` or `refused`."""

    job: Job
    state: str
    message: str = ""
    exit_code: int = 0
    timings: dict[str, float] = field(default_factory=dict)


class Progress(Protocol):
    """Who is told how the batch goes on."""

    def cell(self, job: Job, index: int, count: int, heading: str) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self, outcome: Outcome) -> None: ...


class Batch:
    """One call of `digicit run`.

    Parameters
    ----------
    jobs : sequence of Job
    progress : Progress
    force : bool
        Run what is fresh too.
    rehash : bool
        Trust no file's size and time.
    forked : bool
        Fork kernels from a warm process where the system can.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        progress: Progress,
        *,
        force: bool = False,
        rehash: bool = False,
        forked: bool = True,
    ) -> None:
        self.progress, self.force, self.rehash, self.forked = progress, force, rehash, forked
        self.locks = Locks()
        self.outcomes: list[Outcome] = []
        self.running: list[Job] = []
        self.waiting = sorted(jobs, key=_turn)

    def run(self, workers: int, scheduler: str | None = None) -> list[Outcome]:
        """Do all jobs; Ctrl-C ends kernels and workers and leaves the last good reports.

        Parameters
        ----------
        workers : int
            Processes on this machine.
        scheduler : str, optional
            Address of a Dask scheduler, whose workers then do it.
        """
        roots = {job.root for job in self.waiting}
        self._set_fresh_aside()
        if not self.waiting:
            self._sweep(roots)
            return self.outcomes
        sweep_scratch()
        self.locks.begin(self.waiting[0].root)
        with self._workers(workers, scheduler) as source:
            try:
                self.consume(source.run)
            finally:
                source.close()
                self._forget_running()
        return self.outcomes

    def _sweep(self, roots: set[Path]) -> None:
        """Nothing to do but what killed runs left; a disk that cannot be written is no reason to stop."""
        with suppress(OSError):
            for root in roots:
                self.locks.begin(root)
        self.locks.end()

    @contextmanager
    def _workers(self, workers: int, scheduler: str | None) -> Iterator[Any]:
        if scheduler:
            from digicit_lib.runner.cluster import Cluster

            yield Cluster(scheduler)
            return
        # What begins at once has its kernel before anything else could be loaded for it.
        phases = {job.phase for job in self.waiting} if len(self.waiting) > workers else set()
        with warm_kernels(self.waiting[0].root, wanted=self.forked, phases=phases) as environment:
            yield Pool(min(workers, len(self.waiting)), environment)

    def consume(self, events: Source) -> None:
        """Take events from a pool or a cluster until no job waits."""
        while self.waiting:
            before = len(self.waiting)
            for job, kind, value in events(self._next):
                self._take(job, kind, value)
                with _interrupted_afterwards():
                    import_module("digicit_lib.runner.index")  # half a second, while the kernels are at work
            if len(self.waiting) == before:
                self.progress.note(f"another run is making {self.waiting[0].name}: waiting for it")
                self.locks.acquire(self.waiting[0], wait=True)

    def _set_fresh_aside(self) -> None:
        for job in list(self.waiting):
            recover(job)
            state = self._state(job)
            if state.kind in SETTLED:
                self._drop(job, state)

    def _state(self, job: Job) -> State:
        return State("stale", ("--force",)) if self.force else state_of(job, rehash=self.rehash)

    def _next(self) -> tuple[Job, bool] | None:
        """The first waiting job that no other run makes; looked at again, for that run may have made it."""
        for job in list(self.waiting):
            if not self.locks.acquire(job):
                continue
            state = self._state(job)
            if state.kind in SETTLED:
                self._drop(job, state)
                continue
            self.waiting.remove(job)
            self.running.append(job)
            return job, state.kind == "render"
        return None

    def _drop(self, job: Job, state: State) -> None:
        self.waiting.remove(job)
        self._finish(Outcome(job, state.kind, "".join(state.why)))

    def _take(self, job: Job, kind: str, value: Any) -> None:
        if kind == "cell":
            self.progress.cell(job, *value)
            import_module("digicit_lib.runner.index")  # what the end needs, while this process waits
            return
        self.running.remove(job)
        if kind == "lost":
            why = "likely out of memory" if value == -9 else "the log says more"
            what = f"The worker process died ({value}), {why}."
            error = RunError(what, where=job.name, next="run it again, fewer at a time: --jobs 1")
            value = Outcome(job, "failed", str(error), 1)
        self._finish(_settle(job, value))

    def _finish(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.locks.release({job.lock for job in [*self.waiting, *self.running]})
        self.progress.end(outcome)

    def _forget_running(self) -> None:
        for job in self.running:
            shutil.rmtree(job.stage, ignore_errors=True)
        self.locks.end()


@contextmanager
def _interrupted_afterwards() -> Iterator[None]:
    """Ctrl-C waits for the end of an import: foreign modules lose it, or make an error of their own of it."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield  # ignored, or heard elsewhere
        return
    asked: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: asked.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    for number in asked[:1]:
        handler(number, None)


@contextmanager
def warm_kernels(root: Path, *, wanted: bool, phases: set[str]) -> Iterator[dict[str, str]]:
    """A fork server for the time of a batch, as its environment says; the one it names already serves."""
    from digicit_lib.runner.kernels.provisioner import ADDRESS, SUPPORTED, ForkServer

    if not wanted or not SUPPORTED or ADDRESS in os.environ:
        yield {} if wanted else {ADDRESS: ""}
        return
    server = ForkServer(private_folder(staging(root) / "logs") / "fork_server.log", phases=phases)
    try:
        yield {ADDRESS: server.address}
    finally:
        server.close()


@contextmanager
def warm_ahead(hashes: Hashes, phases: set[str], *, at_once: bool = False) -> Iterator[None]:
    """A fork server from the moment that planning meets a new or changed study: each takes seconds.

    `at_once`: before it, where something will run whatever the plan says.
    """
    with ExitStack() as stack:

        def begin() -> None:
            with suppress(OSError):  # of a disk that cannot be written the batch will tell
                address = stack.enter_context(warm_kernels(hashes.root, wanted=True, phases=phases))
                os.environ.update(address)
                stack.callback(lambda: [os.environ.pop(name) for name in address])

        hashes.when_new = begin
        if at_once:
            begin()
        yield
        hashes.when_new = lambda: None  # the index plans other studies, which nobody runs


def _settle(job: Job, result: Any) -> Outcome:
    """Publish what was made or put the failure aside; whatever goes wrong here, the last report stands."""
    try:
        if result.state == "done":
            _refuse_changed(job)
            _refuse_beside_others(job)
            publish(job)
        else:
            keep_failure(job, result.message, result.state)
    except DigicitError as error:
        state = "failed" if error.exit_code == 1 else "refused"
        return _settle(job, Outcome(job, state, str(error), error.exit_code, result.timings))
    except OSError as error:
        shutil.rmtree(job.stage, ignore_errors=True)
        why = as_digicit_error(error, f"{OUTPUTS}/{job.study}/{job.phase}")
        return Outcome(job, "failed", f"The report could not be put in place. {why}", 1, result.timings)
    return Outcome(job, result.state, result.message, result.exit_code, result.timings)


def _refuse_changed(job: Job) -> None:
    """A record must name what was used, so what changed while the report was made is refused."""
    now = job.inputs_now()
    changed = sorted(name for name in {*now, *job.inputs} if now.get(name) != job.inputs.get(name))
    if changed:
        raise RunError(
            "Inputs changed while the report was made.", got=", ".join(changed), next="run it again"
        )


def _refuse_beside_others(job: Job) -> None:
    """What this batch has published since the job was made may be of the same children: then look again."""
    data = {name: digest for name, digest in job.inputs.items() if name.startswith("data ")}
    others = (job.root / OUTPUTS).glob("*/quantitative/run.json") if job.phase == "quantitative" else ()
    records = [read_record(path.parent) for path in others if path.parts[-3] != job.study]
    if any(data.items() & record.get("inputs", {}).items() for record in records):
        import_module("digicit_lib.runner.republication").refuse_beside_others(job)


def _turn(job: Job) -> tuple[bool, float]:
    """Desk reviews first: what surveys and talk need is loaded while those are at work. Then the longest.

    Unknown ones are taken for long, so that none is left for the end.
    """
    seconds = float("inf")
    with suppress(KeyError, TypeError, AttributeError):
        seconds = float(sum(read_record(job.target)["timings"].values()))
    return job.phase != "exploratory", -seconds
