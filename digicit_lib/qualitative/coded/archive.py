"""Archives from outside: looked at before anything is read, read as streams, never unpacked to disk."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from digicit_lib.errors import QualitativeError
from digicit_lib.safe import MAX_ENTRY, MAX_TOTAL, archive_bomb

__all__ = ["CHUNK", "MAX_ENTRY", "MAX_TOTAL", "TEXT_KINDS", "Archive"]
MAX_ENTRIES = 20_000
CHUNK = 1 << 16
TEXT_KINDS = (".txt", ".qde", ".xml", ".rels")


class Archive:
    """A zip file whose directory was checked; entries are found by name, whatever the case of folders."""

    def __init__(self, path: Path, kinds: tuple[str, ...] = TEXT_KINDS) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, NotImplementedError, UnicodeDecodeError, ValueError) as error:
            raise QualitativeError(
                "Not a readable archive.", where=path.name, next="export it again"
            ) from error
        self.where = path.name
        infos = self._zip.infolist()
        self._entries = {info.filename.replace("\\", "/").lower(): info for info in infos}
        what = self._hostile(infos, kinds)
        if what:
            self._zip.close()
            raise QualitativeError(what, where=path.name, next="export the project again from the program")

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _hostile(self, infos: list[zipfile.ZipInfo], kinds: tuple[str, ...]) -> str:
        """What is wrong with the archive's directory, or ""."""
        if len(infos) > MAX_ENTRIES:
            return "The archive has too many entries."
        if len(self._entries) < len(infos):
            return "The archive holds two entries of one name."
        for info in infos:
            name = info.filename.replace("\\", "/")
            parts = name.split("/")
            if name.startswith("/") or ":" in parts[0] or ".." in parts or "\0" in info.orig_filename:
                return "An entry of the archive leads out of it."
            if stat.S_ISLNK(info.external_attr >> 16):
                return "An entry of the archive is a link."
            if info.flag_bits & 1:
                return "An entry of the archive is encrypted."
        return archive_bomb([i for i in infos if i.filename.lower().endswith(kinds)], infos)

    def names(self) -> list[str]:
        """Names of the entries, in lower case with forward slashes."""
        return list(self._entries)

    def find(self, *names: str) -> str | None:
        """The first of the names that is an entry."""
        return next((n.lower() for n in names if n.lower() in self._entries), None)

    def stream(self, name: str) -> Iterator[bytes]:
        """An entry in pieces; zipfile gives no more than the size that was checked."""
        try:
            with self._zip.open(self._entries[name]) as entry:
                while piece := entry.read(CHUNK):
                    yield piece
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
            raise QualitativeError("An entry of the archive is damaged.", where=self.where) from error

    def read(self, name: str) -> bytes:
        """A whole entry."""
        return b"".join(self.stream(name))
