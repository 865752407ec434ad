"""The last step of a run: a whole folder takes the place of the old one at once, or nothing changes."""

import ctypes
import json
import os
import shutil
from pathlib import Path

from digicit_lib.runner.failures import NOTEBOOK, forget_outputs
from digicit_lib.runner.jobs import Job
from digicit_lib.runner.locks import staging
from digicit_lib.safe import private_folder, write_atomic

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def empty_stage(job: Job) -> Path:
    """An empty staging folder; what a crash left there goes."""
    staging(job.root)
    shutil.rmtree(job.stage, ignore_errors=True)
    job.stage.mkdir()
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
    both = (f"{mark}{job.phase}" for mark in ("", "SYNTHETIC-"))
    stems = [job.phase, *(f"{stem}.{end}" for stem in both for end in ("html", "pdf"))]
    return [name for name in names if name in stems and Path(folder) == job.shelf]


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
    if os.name == "nt":  # syncs neither folders nor what is open for reading
        return
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


def keep_failure(job: Job, message: str, state: str = "failed") -> None:
    """Put what a failed job may leave into `.failed/`, in place of an earlier failure of it.

    That is the notebook without its outputs, the page made of it and the message: what else it wrote may hold
    answers, and goes.
    """
    shutil.rmtree(job.failed, ignore_errors=True)
    for folder in (job.failed.parents[1], job.failed.parent, job.failed):
        private_folder(folder)
    if (job.stage / NOTEBOOK).is_file():
        forget_outputs(job.stage / NOTEBOOK)
    for name in (NOTEBOOK, "failure.html"):
        if (job.stage / name).is_file():
            (job.stage / name).chmod(0o600)
            (job.stage / name).rename(job.failed / name)
    facts = {"inputs": job.inputs, "message": message, "state": state}
    write_atomic(job.failed / "failure.json", json.dumps(facts)).chmod(0o600)
    shutil.rmtree(job.stage, ignore_errors=True)


def recover(job: Job) -> None:
    """Put back a report that a crash left aside between the two renames of the slower exchange."""
    aside = _shelf(job).with_name(_shelf(job).name + ".aside")
    if aside.is_dir() and not job.shelf.exists():
        job.shelf.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(job.shelf)
