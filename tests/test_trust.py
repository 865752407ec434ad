"""The page of promises: each names the tests that prove it, and each of those is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "trust.md").read_text(encoding="utf-8")
PROMISES = [line for line in PAGE.split("\n") if line.startswith("| ") and not line.startswith("| promise")]


@pytest.mark.parametrize("line", PROMISES, ids=lambda line: line[2:40])
def test_each_promise_names_tests_that_are_there(line: str) -> None:
    cell = line.rstrip("| ").rpartition(" | ")[2]
    proofs = re.findall(r"`(test_\w+\.py)::(test_\w+)`", cell)
    assert proofs and len(proofs) == cell.count("`") // 2, "file and name of each test"
    for file, name in proofs:
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (file, name)


def test_there_are_promises() -> None:
    assert len(PROMISES) >= 25
