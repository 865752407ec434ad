"""Warm worker processes, one job at a time each; a dead worker costs its job and nothing else."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any

from digicit_lib.runner.jobs import Job
from digicit_lib.safe import own_umask, private_folder

Next = Callable[[], "tuple[Job, bool] | None"]
Event = tuple["Job", str, Any]
"""(job, "cell", (index, count, heading)) as it goes on, (job, "end", Result) once."""


class Pool:
    """Worker processes that import the heavy packages once, in a process they are all forked from.

    Parameters
    ----------
    size : int
        Number of workers.
    environment : dict
        What the workers are told beside this process's own environment.
    """

    def __init__(self, size: int, environment: dict[str, str]) -> None:
        self.environment = dict(os.environ) | environment
        self.umask = own_umask()  # the fork server keeps that of its start
        forks = "forkserver" in get_all_start_methods()
        self.context: Any = get_context("forkserver" if forks else "spawn")
        if forks:
            self.context.set_forkserver_preload(["digicit_lib.runner.kernels.preload"])
        self.size = size
        self.workers: dict[Connection, tuple[Any, Job | None]] = {}

    def run(self, next_job: Next) -> Iterator[Event]:
        """Hand out jobs until `next_job` gives None; yield what happens.

        Parameters
        ----------
        next_job : callable
            Gives (job, render_only), or None when nothing can start now.
        """
        while True:
            self._feed(next_job)
            busy = [pipe for pipe, (_, job) in self.workers.items() if job]
            if not busy:
                return
            for pipe in wait(busy):
                yield self._receive(pipe)  # type: ignore[arg-type]

    def _feed(self, next_job: Next) -> None:
        idle = [pipe for pipe, (_, job) in self.workers.items() if not job]
        while idle or len(self.workers) < self.size:
            next_one = next_job()
            if next_one is None:
                return
            pipe = idle.pop() if idle else self._hire()
            pipe.send(next_one)
            self.workers[pipe] = (self.workers[pipe][0], next_one[0])

    def _hire(self) -> Connection:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=work, args=(theirs, self.environment, self.umask))
        process.start()
        theirs.close()
        self.workers[ours] = (process, None)
        return ours

    def _receive(self, pipe: Connection) -> Event:
        process, job = self.workers[pipe]
        try:
            kind, value = pipe.recv()
        except (EOFError, OSError):
            del self.workers[pipe]
            process.join()
            kind, value = "lost", process.exitcode
        if kind == "end":
            self.workers[pipe] = (process, None)
        return job, kind, value  # type: ignore[return-value]

    def close(self) -> None:
        """End all workers, and through them their kernels."""
        for process, _ in self.workers.values():
            process.terminate()
        for pipe, (process, _) in self.workers.items():
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()
            pipe.close()
        self.workers.clear()


def work(pipe: Connection, environment: dict[str, str], umask: int) -> None:
    """A worker's life: take a job, do it, say so; end when told to or when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _leave())
    os.environ.clear()
    os.environ.update(environment)
    os.umask(umask)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    from digicit_lib.runner.execute import perform

    with suppress(EOFError, OSError):
        while True:
            job, render_only = pipe.recv()
            with log_to(job.log):
                result = perform(job, lambda *at: pipe.send(("cell", at)), render_only=render_only)
            pipe.send(("end", result))
    _leave()


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        _leave()


def _leave() -> None:
    """End the kernels and this process at once: the parent has nothing more to hear from it."""
    from digicit_lib.runner.kernels.notebook_client import RUNNING, end_kernel

    for pid in list(RUNNING):
        end_kernel(pid)
    os._exit(0)


@contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Send this process's output, its children's and its log to one file a job."""
    saved = [os.dup(1), os.dup(2)]
    with _log_file(path) as stream:
        handler = logging.StreamHandler(stream)
        handler.addFilter(logging.Filter("digicit"))  # a foreign message may quote an answer
        logging.getLogger().addHandler(handler)
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(handler)
            for number, before in zip((1, 2), saved, strict=True):
                os.dup2(before, number)
                os.close(before)


def _log_file(path: Path) -> IO[str]:
    """The log, for its owner only; where the disk takes none, the run goes on without."""
    try:
        private_folder(path.parent)
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")
    except OSError:
        return Path(os.devnull).open("w", encoding="utf-8")
