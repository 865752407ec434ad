"""The next command of a message, as it can be typed here."""

from __future__ import annotations

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
    there = str(called)
    with suppress(OSError):  # the folder where one stands may be gone
        there = os.path.relpath(called) if called.is_relative_to(Path.cwd()) else there
    return re.sub(r"(?m)^(\s*next:\s+|Next: )digicit ", lambda hit: f"{hit[1]}{there} ", text)
