"""Files of coded interviews as a run names them: no place, no person, the roster as an input of its own."""

from pathlib import Path
from typing import Any

from digicit_lib.project import roster_path

_TABLES = "participants sessions transcripts codebook codings reviews quotations routing flags"
OWN_TABLES = tuple(f"{name}.csv" for name in _TABLES.split())


def neutral_names(files: dict[str, str]) -> dict[str, str]:
    """Interview files under names that tell no place: our own tables by theirs, the others by number."""
    neutral: dict[str, str] = {}
    for number, path in enumerate(files.values(), 1):
        file = Path(path)
        is_table = file.name in OWN_TABLES and file.name not in neutral
        neutral[file.name if is_table else f"interviews {number}{file.suffix}"] = path
    return neutral


def roster_of(facts: dict[str, Any], root: Path) -> str:
    """The file of real names of a study with interviews, where there is one: an input like the others."""
    if facts.get("roster") is None:
        return ""
    path = roster_path(facts["roster"], facts["slug"], root)
    return str(path) if path and path.is_file() else ""
