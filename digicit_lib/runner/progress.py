"""How a batch is shown: bars on a terminal, one plain line an event elsewhere; always on stderr."""

from __future__ import annotations

import time
from typing import Any

from digicit_lib.runner.batch import Outcome
from digicit_lib.runner.jobs import Job


class Lines:
    """Plain lines for pipes and logs: a job's start and its end."""

    def __init__(self, console: Any, jobs: int) -> None:
        self.console, self.jobs, self.ended = console, jobs, 0
        self.started: dict[Job, float] = {}

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to take down."""

    def cell(self, job: Job, index: int, count: int, heading: str) -> None:
        if self.started.setdefault(job, time.monotonic()) and index == 0:
            self.say(f"{job.name}: {count} cells")

    def note(self, text: str) -> None:
        self.say(text)

    def end(self, outcome: Outcome) -> None:
        self.ended += 1
        start = self.started.get(outcome.job)
        took = f" in {time.monotonic() - start:.1f} s" if start else ""
        if outcome.state != "fresh":
            self.say(f"[{self.ended}/{self.jobs}] {outcome.job.name}: {outcome.state}{took}")

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


class Bars(Lines):
    """A bar a running job with the heading it is at, one for the whole with the time that is left."""

    def __init__(self, console: Any, jobs: int) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        super().__init__(console, jobs)
        columns = [
            TextColumn("{task.description}", markup=False),
            BarColumn(20),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[at]}", markup=False),
        ]
        self.bars = Progress(*columns, console=console)
        self.whole = self.bars.add_task("all", total=jobs, at="")
        self.tasks: dict[Job, Any] = {}

    def __enter__(self) -> Bars:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def cell(self, job: Job, index: int, count: int, heading: str) -> None:
        self.started.setdefault(job, time.monotonic())
        if job not in self.tasks:
            self.tasks[job] = self.bars.add_task(job.name, total=count, at="")
        at = heading if index + 1 < count else "making the pages"
        self.bars.update(self.tasks[job], completed=index, at=at[:40])

    def end(self, outcome: Outcome) -> None:
        if outcome.job in self.tasks:
            self.bars.remove_task(self.tasks.pop(outcome.job))
        super().end(outcome)
        self.bars.update(self.whole, completed=self.ended, at="")
