"""Fixtures that more than one test file needs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


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
