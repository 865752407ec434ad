"""Fixtures that more than one test file needs."""

from __future__ import annotations

import gc
import os
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from digicit_lib.runner import freshness
from digicit_lib.runner.kernels.provisioner import ADDRESS, SUPPORTED, ForkServer
from digicit_lib.safe import file_sha256

ROOT = Path(__file__).resolve().parents[1]

# Tests start a hundred processes: each would compile the library where no bytecode is kept.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Here a thread is enough for matrices: further ones wait by counting, a fifth of the survey core's time.
with pytest.MonkeyPatch.context() as patch:
    patch.setenv("OPENBLAS_NUM_THREADS", "1")  # read once by each of the two libraries that have their own
    import_module("scipy.linalg")

# The longest files first, so that both workers end together.
LONGEST = (
    *("reports", "report_browser", "runner_cluster", "qualitative_projects", "product_workbooks"),
    *("qualitative_gate", "browser", "pseudo_locale", "disclosure", "attacks", "tutorial", "cli"),
    *("runner_kernel", "runner", "report", "figures", "truth", "workbook", "robustness", "report_layouts"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file is one piece of work for a worker: what its tests share is made once."""
    order = {f"test_{name}": i for i, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.stem))


def pytest_collection_finish() -> None:
    """What is loaded stays: to look through it again and again takes a tenth of a worker's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


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


@pytest.fixture(scope="session", autouse=True)
def warm_kernels() -> Iterator[ForkServer | None]:
    """One process with the libraries loaded for all commands that a worker's tests start."""
    if not SUPPORTED:
        yield None
        return
    server = ForkServer()
    os.environ[ADDRESS] = server.address
    yield server
    del os.environ[ADDRESS]
    server.close()


@pytest.fixture(scope="session", autouse=True)
def library_hashed_once() -> Iterator[None]:
    """Each test's project would else hash the whole library anew; a changed file is hashed again."""
    digests: dict[tuple[Path, int, int], str] = {}

    def hashed(path: Path) -> str:
        if not path.is_relative_to(freshness.LIBRARY):
            return file_sha256(path)
        stat = path.stat()
        key = (path, stat.st_size, stat.st_mtime_ns)
        digests[key] = digests.get(key) or file_sha256(path)
        return digests[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freshness, "file_sha256", hashed)
        yield


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
