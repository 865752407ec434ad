"""Content hashes of everything a report depends on, and whether the published one still fits them."""

import hmac
import json
import os
import platform
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digicit_lib.errors import DigicitError
from digicit_lib.project import workbook_label
from digicit_lib.runner.jobs import Job
from digicit_lib.runner.locks import project_key, staging
from digicit_lib.runner.notebooks import read_notebook, tags
from digicit_lib.safe import file_sha256, fingerprint, inside, refuse_special, write_private

LIBRARY = Path(__file__).parents[1]
ROSTER = "roster"
TEXTS = "product texts"
NOT_MADE = "not made"  # the state of a product for which a study does not hold enough: no failure
# A file changed less than this ago may change again within the clock's tick, so its hash is not kept.
_RACY_SECONDS = 2.0
_KEPT_FACTS = 2000


class Hashes:
    """File hashes kept by (size, mtime, inode), and the facts of params files kept by content.

    Parameters
    ----------
    root : Path
        The project folder; the cache stands in `outputs/.staging/`.
    rehash : bool
        Read every file again: an edit that keeps size and mtime is seen only so.
    """

    def __init__(self, root: Path, *, rehash: bool = False) -> None:
        self.when_new: Callable[[], object] = lambda: None  # called before the facts of a study are read
        self.root, self._path = root, inside(root / "outputs", ".staging", "hashes.json")
        cache = {} if rehash else read_json(self._path)
        files, facts = cache.get("files"), cache.get("facts")
        self._files: dict[str, list[Any]] = {
            path: entry
            for path, entry in (files if isinstance(files, dict) else {}).items()
            if isinstance(entry, list) and len(entry) == 4 and isinstance(entry[3], str)
        }
        # A damaged cache is no cache.
        if not (isinstance(facts, dict) and all(isinstance(entry, dict) for entry in facts.values())):
            facts = {}
        self.facts: dict[str, dict[str, Any]] = facts
        self._library: dict[str, str] = {}
        self._key = b""
        self._dirty = rehash

    def of(self, path: Path) -> str:
        """SHA-256 of a file, read only when its stat changed."""
        stat = path.stat()
        key = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        entry = self._files.get(str(path))
        if entry and entry[:3] == key:
            return str(entry[3])
        digest = file_sha256(path)
        if time.time() - stat.st_mtime > _RACY_SECONDS:
            self._files[str(path)] = [*key, digest]
            self._dirty = True
        return digest

    def published(self, path: Path, public: Collection[str]) -> str:
        """The hash of a file as anybody may read it: keyed, so that a guess of its content confirms nothing.

        Plain is that of a file in `params/`, and one that the params name.
        """
        plain = self.of(path)
        if plain in public or path.is_relative_to(self.root / "params"):
            return plain
        self._key = self._key or project_key(self.root).encode()
        return f"hmac-sha256:{hmac.new(self._key, plain.encode(), 'sha256').hexdigest()}"

    def notebook(self, path: Path) -> str:
        """Hash of a notebook's sources and tags: running it by hand, outputs kept, changes nothing."""
        key = "cells:" + self.of(path)
        if key not in self.facts:
            cells = read_notebook(path)["cells"]
            content = [[c["cell_type"], c["source"], tags(c)] for c in cells]
            self.remember(key, {"sha": fingerprint(content)})
        return str(self.facts[key]["sha"])

    def library(self) -> dict[str, str]:
        """Hashes of digicit_lib: catalogue, messages by language, product texts, template, and the rest."""
        if not self._library:
            groups: dict[str, dict[str, str]] = {}
            for path in sorted(LIBRARY.rglob("*")):
                name = path.relative_to(LIBRARY).as_posix()
                if path.is_file() and "__pycache__" not in name:
                    groups.setdefault(_group(name), {})[name] = self.of(path)
            self._library = {group: fingerprint(files) for group, files in groups.items()}
        return self._library

    def remember(self, key: str, facts: dict[str, Any]) -> dict[str, Any]:
        self.facts[key] = facts
        self._dirty = True
        return facts

    def save(self) -> None:
        """Write the cache when something was learnt; a disk that takes no cache stops nobody from reading."""
        if not self._dirty:
            return
        with suppress(OSError):
            staging(self.root)
            files = {path: entry for path, entry in self._files.items() if os.path.exists(path)}  # noqa: PTH110
            facts = dict(list(self.facts.items())[-_KEPT_FACTS:])
            write_private(self._path, json.dumps({"files": files, "facts": facts}))
            self._dirty = False


def _group(name: str) -> str:
    if name.endswith((".po", ".mo")):
        return f"messages {Path(name).parent.name}"
    if name.startswith("products/texts/"):
        return TEXTS
    if name.startswith("codebooks/"):
        return "catalogue"
    return "template" if name.startswith("report/") else "library"


def inputs_of(
    root: Path,
    hashes: Hashes,
    workbook: str,
    annex: str | None,
    params_sha: str,
    data: dict[str, str],
    language: str,
) -> dict[str, str]:
    """Name to hash of all that a report depends on; `digicit list` shows these names.

    Parameters
    ----------
    root : Path
    hashes : Hashes
    workbook, annex : str
        Paths below the root.
    params_sha : str
        Hash of the resolved params, so that a comment or a default written out changes nothing.
    data : dict
        Name to hash of each data file.
    language : str
        Messages of other languages change nothing.

    Returns
    -------
    dict
        The texts of products are among them; a report leaves them out.
    """
    lock = root / "requirements.lock"
    inputs = {f"workbook {workbook_label(workbook)}": hashes.notebook(root / workbook), "params": params_sha}
    if annex:
        inputs[f"annex {annex}"] = hashes.notebook(root / annex)
    inputs |= {name if name == ROSTER else f"data {name}": sha for name, sha in sorted(data.items())}
    other = {name for name in hashes.library() if name.startswith("messages ")} - {f"messages {language}"}
    inputs |= {name: sha for name, sha in hashes.library().items() if name not in other}
    inputs["lock"] = hashes.of(lock) if lock.is_file() else ""
    inputs["python"] = platform.python_version()
    return inputs


@dataclass(frozen=True)
class State:
    """How a report stands: fresh, render (only the template changed), stale, failed, not made or never."""

    kind: str
    why: tuple[str, ...] = ()

    def __str__(self) -> str:
        word = "stale" if self.kind == "render" else self.kind
        return word + (f" ({', '.join(self.why)})" if self.why else "")


def state_of(job: Job, *, rehash: bool = False) -> State:
    """Compare the published run record of a job with its inputs as they are now.

    Parameters
    ----------
    job : Job
    rehash : bool
        Hash the published files too, not only look at their sizes.

    Returns
    -------
    State
        With the names of the inputs that changed.
    """
    record = read_record(job.target)
    failure = read_json(job.failed / "failure.json")
    if failure.get("inputs") == job.inputs:
        kind = NOT_MADE if failure.get("state") == NOT_MADE else "failed"
        return State(kind, (str(failure.get("message", "")).partition("\n")[0],))
    if not record:
        return State("never")
    before = record["inputs"]
    changed = sorted(n for n in {*before, *job.inputs} if before.get(n) != job.inputs.get(n))
    damaged = [
        f"{name} changed or missing"
        for name, facts in record["outputs"].items()
        if not _intact(job.published(name), facts, rehash)
    ]
    if not changed and not damaged:
        return State("fresh")
    pages = all(note.startswith(tuple(f"{stem}." for stem in job.pages.values())) for note in damaged)
    kind = "render" if pages and {*changed} <= {"template", "review"} else "stale"
    return State(kind, (*changed, *damaged))


def _intact(path: Path, facts: dict[str, Any], rehash: bool) -> bool:
    try:
        same = path.stat().st_size == facts["bytes"]
    except OSError:
        return False
    return same and (not rehash or file_sha256(path) == facts["sha256"])


def read_record(folder: Path) -> dict[str, Any]:
    """The `run.json` of a folder; an empty one where it is not what a run writes, and is made again."""
    record = read_json(folder / "run.json")
    inputs, outputs = record.get("inputs"), record.get("outputs")
    if not isinstance(inputs, dict) or not isinstance(outputs, dict):
        return {}
    whole = all(isinstance(facts, dict) and {"bytes", "sha256"} <= set(facts) for facts in outputs.values())
    return record if whole else {}


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, or an empty one where there is none: a damaged record is no record."""
    try:
        record = json.loads(refuse_special(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, DigicitError):
        return {}
    return record if isinstance(record, dict) else {}
