"""The last step of a run: a whole folder takes the place of the old one at once, or nothing changes."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import IO, TYPE_CHECKING

from digicit_lib.safe import inside

if TYPE_CHECKING:
    from digicit_lib.runner.plan import Job

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


class Locks:
    """A lock for each folder that is exchanged, held by this process while a job of it runs."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], IO[bytes]] = {}

    def acquire(self, job: Job, *, wait: bool = False) -> bool:
        """Take a job's lock; False when another run holds it and `wait` is off."""
        key = job.lock
        if key in self._held:
            return True
        path = inside(job.root / "outputs", ".staging", "locks", ".".join(key))
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("wb")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            handle.close()
            return False
        self._held[key] = handle
        return True

    def release(self, keep: set[tuple[str, str]]) -> None:
        """Free the locks that no waiting or running job needs."""
        for key in [key for key in self._held if key not in keep]:
            self._held.pop(key).close()


def empty_stage(job: Job) -> Path:
    """An empty staging folder; what a crash left there goes."""
    shutil.rmtree(job.stage, ignore_errors=True)
    job.stage.mkdir(parents=True)
    return job.stage


def publish(job: Job) -> None:
    """Put the staged report in the place of the published one; call with the lock held.

    Parameters
    ----------
    job : Job
        Its staging folder holds the whole report, `run.json` included.

    Raises
    ------
    OSError
        Nothing has changed then.
    """
    _carry_other_languages(job)
    _sync(job.stage)
    new, old = (_shelved(job) if job.shelf != job.target else job.stage), job.shelf
    old.parent.mkdir(parents=True, exist_ok=True)
    if old.exists():
        swap(new, old)
        shutil.rmtree(new, ignore_errors=True)
    else:
        new.rename(old)
    _sync_folder(old.parent)
    shutil.rmtree(job.failed, ignore_errors=True)


def _shelved(job: Job) -> Path:
    """A product among its neighbours: page, files and the others of its language go into place at once."""
    new = _shelf(job)
    shutil.rmtree(new, ignore_errors=True)
    if job.shelf.is_dir():
        shutil.copytree(job.shelf, new, copy_function=link, ignore=lambda *at: _replaced(job, *at))
    new.mkdir(parents=True, exist_ok=True)
    job.stage.rename(new / job.phase)
    for stem in job.pages.values():
        for page in (new / job.phase).glob(f"{stem}.*"):
            page.rename(new / page.name)
    _sync_folder(new)
    return new


def _replaced(job: Job, folder: str, names: list[str]) -> list[str]:
    """What the last product of this name left on the shelf, invented or real."""
    own = [job.phase, *(f"{mark}{job.phase}.{end}" for mark in ("", "SYNTHETIC-") for end in ("html", "pdf"))]
    return [name for name in names if name in own and Path(folder) == job.shelf]


def _shelf(job: Job) -> Path:
    """Where the folder that is to be exchanged is put together."""
    return job.stage if job.shelf == job.target else job.stage.with_name(job.stage.name + ".shelf")


def _carry_other_languages(job: Job) -> None:
    """Further languages stand inside the first one's folder and must survive its exchange."""
    for record in job.shelf.glob("*/run.json") if job.main and job.shelf == job.target else ():
        shutil.copytree(record.parent, job.stage / record.parent.name, copy_function=link)


def link(source: str, target: str) -> None:
    """A second name for a published file (all are replaced, never written in place), or a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _sync(folder: Path) -> None:
    """Everything on the disk before the rename, so that a power cut leaves no empty report."""
    for path in sorted(folder.rglob("*")):
        _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def swap(new: Path, old: Path) -> None:
    """Exchange two folders: in one step where the kernel can, else in two with a way back."""
    try:
        _exchange(new, old)
    except (OSError, AttributeError):
        aside = new.with_name(new.name + ".aside")
        shutil.rmtree(aside, ignore_errors=True)
        old.rename(aside)
        try:
            new.rename(old)
        except OSError:
            aside.rename(old)
            raise
        aside.rename(new)


def _exchange(new: Path, old: Path) -> None:
    """Linux's renameat2, which Python does not offer: no moment without a report."""
    renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    if renameat2(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _RENAME_EXCHANGE):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def keep_failure(job: Job, message: str) -> None:
    """Move what a failed job left to `.failed/`, in place of an earlier failure of it."""
    job.stage.mkdir(parents=True, exist_ok=True)
    facts = {"inputs": job.inputs, "message": message}
    (job.stage / "failure.json").write_text(json.dumps(facts), encoding="utf-8")
    shutil.rmtree(job.failed, ignore_errors=True)
    job.failed.parent.mkdir(parents=True, exist_ok=True)
    job.stage.rename(job.failed)


def recover(job: Job) -> None:
    """Put back a report that a crash left aside between the two renames of the slower exchange."""
    aside = _shelf(job).with_name(_shelf(job).name + ".aside")
    if aside.is_dir() and not job.shelf.exists():
        job.shelf.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(job.shelf)
