"""Do the tests notice? Sampled one-place changes of the rooms that guard numbers; survivors are listed.

`python benchmarks/mutation.py [COUNT [SEED [ROOM …]]]` works in a copy and needs the test tools. A change
that no test can notice (a bound that nothing reaches) counts as a survivor too: read the list, and
`mutation.md`.
"""

from __future__ import annotations

import ast
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {
    "disclosure/traces.py": ["tests/test_output_check.py"],
    "disclosure": ["tests/test_disclosure.py", "tests/test_attacks.py"],  # the quick ones first
    "safe.py": [
        "tests/test_safe.py",
        *(
            f"tests/test_robustness.py::{name}"
            for name in (
                "test_a_hostile_params_file_is_one_short_refusal",
                "test_messages_are_cut_and_escaped",
            )
        ),
    ],
    "evidence/marks.py": ["tests/test_reviews.py"],
    "evidence": ["tests/test_evidence.py", "tests/test_output_check.py"],
    "survey": [
        f"tests/test_survey_{part}.py"
        for part in (
            "formulas",
            "design",
            "table",
            "intervals",
            "tails",
            "weighting",
            "verdicts",
            "response",
            "separation",
            "reference",
            "published",
        )
    ],
    "qualitative/agreement.py": ["tests/test_qualitative_agreement.py"],
}
LIBRARIES = (
    "numpy",
    "pandas",
    "pyarrow",
    "scipy.stats",
    "scipy.optimize",
    "statsmodels.api",
    "pingouin",
    "pytest",
)
LONGEST = 240  # seconds of processors, which other work does not use up
COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


def changed(node: ast.AST) -> ast.AST | None:
    """One small change of a node, or None where there is none to make."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        return ast.Compare(node.left, [COMPARISONS[type(node.ops[0])](), *node.ops[1:]], node.comparators)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
    if isinstance(node, ast.BoolOp):
        return node.values[0]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return node.operand
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        return ast.Constant(node.value + 1)
    return None


def places(path: Path) -> Iterator[tuple[Path, ast.AST, str]]:
    """Nodes of a file that can be changed, each with its text; annotations are none."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        for part in ("annotation", "returns")
        if getattr(node, part, None)
        for inner in ast.walk(getattr(node, part))
    }
    for node in ast.walk(tree):
        if id(node) not in skipped and isinstance(node, ast.expr) and changed(node) is not None:
            yield path, node, str(ast.get_source_segment(text, node))


def _mutant(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(changed(node)))  # type: ignore[type-var, arg-type]


def survives(copy: Path, path: Path, node: ast.AST, tests: list[str]) -> bool:
    """Whether the tests, and the examples in the changed file, pass with the change in place."""
    where = copy / path.relative_to(ROOT)
    before = where.read_bytes()
    lines = before.splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset  # type: ignore[attr-defined]
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset  # type: ignore[attr-defined]
    where.write_bytes(before[:start] + f"({_mutant(node)})".encode() + before[end:])
    likely = sorted(tests, key=lambda test: not test.endswith(f"_{path.stem}.py"))
    try:
        return _run(copy, [path.relative_to(ROOT).as_posix(), *likely]) == 0
    finally:
        where.write_bytes(before)


def _run(copy: Path, tests: list[str], first: bool = False) -> int:
    """The tests on the copy, in a fork that has the libraries already; a run without end is noticed too."""
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
        os.chdir(copy)
        os.environ |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        os.environ.setdefault("DIGICIT_SHARED", str(ROOT.parent / "shared"))  # the R cases
        sys.dont_write_bytecode = not first  # what the first run compiled, the others read
        sys.path.insert(0, str(copy))
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        import pytest

        os._exit(int(pytest.main(["-x", "-q", "--ff", "--doctest-modules", *tests])))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(count: int, seed: int, rooms: list[str]) -> None:
    rows = []
    for name in LIBRARIES:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder)
        ignored = shutil.ignore_patterns(".git", ".venv", "outputs", "__pycache__")
        shutil.copytree(ROOT, copy, dirs_exist_ok=True, ignore=ignored)
        for room, tests in ((room, ROOMS[room]) for room in rooms or ROOMS):
            base = ROOT / "digicit_lib" / room
            files = [base] if base.suffix else sorted(base.rglob("*.py"))
            files = [file for file in files if f"{room}/{file.name}" not in ROOMS]
            found = [place for file in files for place in places(file)]
            if _run(copy, tests, first=True):
                sys.exit(f"The tests of {room} fail without a change.")
            left = []
            for path, node, text in random.Random(seed).sample(found, min(count, len(found))):
                alive = survives(copy, path, node, tests)
                line = f"{path.relative_to(ROOT)}:{node.lineno} {text[:70]} → {_mutant(node)[:70]}"  # type: ignore[attr-defined]
                left += [line] if alive else []
                print(f"\n{line}" if alive else ".", end="", flush=True)  # a run may be cut short
            rows.append((room, min(count, len(found)), left))
            print(f"\n{room}: {len(left)} of {rows[-1][1]} survive", flush=True)
    tried, survived = sum(row[1] for row in rows), sum(len(row[2]) for row in rows)
    print(f"{tried - survived} of {tried} noticed ({100 * (tried - survived) / max(tried, 1):.0f} %)")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]]
    main(*(numbers + [10, 1][len(numbers) :]), sys.argv[3:])
