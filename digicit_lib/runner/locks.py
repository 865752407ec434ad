"""Who works where: folders that one run at a time exchanges, and what killed runs left behind."""

import os
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from digicit_lib.runner.jobs import Job
from digicit_lib.safe import inside, private_folder, write_atomic

fcntl: Any
try:
    import fcntl
except ImportError:
    fcntl, msvcrt = None, import_module("msvcrt")  # Windows

SCRATCH, MARK = "digicit-run-", ".owner"
PAGES = (
    "digicit-page-"  # of `report.press`: a folder for the seconds in which a document is set, without a mark
)
EARLIER = "earlier"  # what runs have published of observed answers, for the comparison with the next
KEY = "key"  # what published hashes of a team's own files are keyed with
KEPT = ("hashes.json", "locks", "logs", EARLIER, KEY)
_YOUNG_SECONDS = 60  # a folder this young may not have its mark yet
_SET_SECONDS = 1800
_PAUSE, _BYTES = 0.05, 1 << 20  # seconds between two attempts; bytes of a file that can be locked one by one


def staging(root: Path) -> Path:
    """The folder that reports are made in, open to its owner only."""
    return private_folder(inside(root, "outputs", ".staging"))


def project_key(root: Path) -> str:
    """The random key of a project's published hashes, made once; for this run alone on a full disk."""
    path = inside(root / "outputs", ".staging", KEY)
    with suppress(OSError):
        if not path.exists():
            with _lock_file(root, KEY) as handle:
                _lock(handle, wait=True)
                if not path.exists():
                    write_atomic(path, secrets.token_hex(32), mode=0o600)
        return path.read_text(encoding="utf-8")
    return secrets.token_hex(32)


class Locks:
    """A lock for each folder that is exchanged, held by this process while a job of it runs."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], IO[bytes]] = {}
        self._running: IO[bytes] | None = None

    def acquire(self, job: Job, *, wait: bool = False) -> bool:
        """Take a job's lock; False when another run holds it and `wait` is off."""
        key = job.lock
        if key in self._held:
            return True
        handle = _lock_file(job.root, ".".join(key))
        if not _lock(handle, wait=wait):
            handle.close()
            return False
        self._held[key] = handle
        return True

    def release(self, keep: set[tuple[str, str]]) -> None:
        """Free the locks that no waiting or running job needs."""
        for key in [key for key in self._held if key not in keep]:
            self._held.pop(key).close()

    def begin(self, root: Path) -> None:
        """Say that a run goes on; when it is the only one, sweep what killed runs have left in staging."""
        self._running = _lock_file(root, "running")
        if _lock(self._running):
            for path in [path for path in staging(root).iterdir() if path.name not in KEPT]:
                if not path.name.endswith(".aside"):  # a report that `publish.recover` puts back
                    shutil.rmtree(path, ignore_errors=True)
        _lock(self._running, shared=True, wait=True)

    def end(self) -> None:
        """The run is over."""
        self.release(set())
        if self._running:
            self._running.close()


def _lock_file(root: Path, name: str) -> IO[bytes]:
    folder = inside(staging(root), "locks")
    lock = (private_folder(folder) / name).open("wb")
    os.fchmod(lock.fileno(), 0o600)
    return lock


def _lock(handle: IO[bytes], *, shared: bool = False, wait: bool = False) -> bool:
    """Lock an open file, for this run alone or beside others that share it; False where that cannot be."""
    while not (_lock_file_whole if fcntl else _lock_bytes)(handle, shared):
        if not wait:
            return False
        time.sleep(_PAUSE)
    return True


def _lock_file_whole(handle: IO[bytes], shared: bool) -> bool:
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_bytes(handle: IO[bytes], shared: bool) -> bool:
    """As Windows does it: a run that is alone has all bytes of the file, one that shares it has one byte."""
    handle.seek(0)
    with suppress(OSError):  # nothing of it was held
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, _BYTES)
    handle.seek(secrets.randbelow(_BYTES) if shared else 0)
    try:
        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1 if shared else _BYTES)
    except OSError:
        return False
    return True


class Scratch:
    """A private temporary folder that is swept by later runs when its process was killed."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=SCRATCH))
        self._mark = (self.path / MARK).open("wb")
        _lock(self._mark)

    def close(self) -> None:
        """Remove it."""
        self._mark.close()
        shutil.rmtree(self.path, ignore_errors=True)


def sweep_scratch() -> None:
    """Remove the temporary folders of runs that were killed: their marks are locked by nobody."""
    mine = getattr(os, "getuid", int)()  # on Windows every owner is 0
    for folder in Path(tempfile.gettempdir()).glob("digicit-*-*"):
        with suppress(OSError):
            facts = folder.stat()
            age = time.time() - facts.st_mtime
            if facts.st_uid != mine or age < _YOUNG_SECONDS:
                continue
            abandoned = folder.name.startswith(PAGES) and age > _SET_SECONDS
            if folder.name.startswith(SCRATCH):
                with (folder / MARK).open("r+b") as mark:
                    abandoned = _lock(mark)
            if abandoned:
                shutil.rmtree(folder, ignore_errors=True)
