"""The next command of a message, as it can be typed here."""

import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from shutil import which


def reachable(text: str) -> str:
    """The text with its next commands as they can be typed: by path where the shell does not find digicit."""
    called = Path(sys.argv[0])
    if which("digicit") or not called.name.startswith("digicit"):
        return text
    whole, near = called, str(called)
    with suppress(OSError):  # the folder where one stands may be gone
        whole = called.absolute()
        near = os.path.relpath(whole) if whole.is_relative_to(Path.cwd()) else str(whole)

    def typed(line: re.Match[str]) -> str:
        there = str(whole) if "cd " in line[0] else near  # a path from here leads nowhere from there
        return re.sub(r"(?<![\w/.-])digicit (?=[a-z])", lambda _: f"{there} ", line[0])

    return re.sub(r"(?m)^(\s*next:\s|Next: ).*$", typed, text)
