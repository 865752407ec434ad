"""Files among the published ones that no run has made: a cell may write past the folder of its report."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from digicit_lib.errors import PublicationRefused
from digicit_lib.params import PHASES
from digicit_lib.runner.freshness import read_json
from digicit_lib.runner.jobs import INDEX, OUTPUTS, Job

# Written by the runner itself, after the workbook: sizes, hashes, versions.
DESCRIPTIONS = ("run.json", "ro-crate-metadata.json")


def strays(outputs: Path) -> list[Path]:
    """Files among the published ones that no run has made: a cell may write there, too."""
    top = [path for path in outputs.glob("*") if path.is_file() and path.name not in INDEX]
    for record in outputs.glob("[!.]*/**/run.json"):
        files = read_json(record).get("outputs")
        with suppress(OSError):  # another report takes its place just now
            top += _beside(record, files) if isinstance(files, dict) else []
    return sorted(top)


def _beside(record: Path, files: dict[str, Any]) -> list[Path]:
    """Files of a published folder that its record does not name, but for those of folders with their own."""
    folder, names = record.parent, {*files, *DESCRIPTIONS}
    inner = [other.parent for other in folder.glob("*/**/run.json")]
    paths = (path for path in folder.rglob("*") if path.is_file() and not {*inner} & {*path.parents})
    return [path for path in paths if path.relative_to(folder).as_posix() not in names]


def refuse_strays(job: Job, began: float) -> None:
    """A cell has written among what is published, past the folder of its run.

    Raises
    ------
    PublicationRefused
    """
    paths = strays(job.root / OUTPUTS) if job.phase in PHASES else ()
    new = [path for path in paths if path.is_file() and path.stat().st_mtime >= began]
    if new:
        what = "A cell has written into outputs/, past its report."
        allowed = "what wb.table and wb.figure write"
        hint = "take the cell out that writes them, and the files out of outputs/"
        raise PublicationRefused(what, got=f"{len(new)} files", allowed=allowed, next=hint)
