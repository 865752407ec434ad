"""Fixtures that more than one test file needs."""

from __future__ import annotations

import os
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_sessionstart() -> None:
    """Installed entry points name modules: after a move they are old until the package is installed again."""
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    for group, entries in stated.items():
        installed = {entry.name: entry.value for entry in entry_points(group=group)}
        if old := [name for name, value in entries.items() if installed.get(name) != value]:
            pytest.exit(
                f"Installed entry points are older than pyproject.toml: {', '.join(old)}. "
                "Run: .venv/bin/python -m pip install --no-deps --no-build-isolation -e .",
                returncode=3,
            )


def shared_folder() -> Path | None:
    """The folder with the public reference data, kept beside the checkout and never in it."""
    named = os.environ.get("DIGICIT_SHARED")
    candidates = [Path(named)] if named else [ROOT.parent / "shared"]
    return next((folder for folder in candidates if (folder / "reference").is_dir()), None)


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = shared_folder()
    if folder is None:
        pytest.skip("reference data not found: set DIGICIT_SHARED or put ../shared beside the checkout")
    return folder
