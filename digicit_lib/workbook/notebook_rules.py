"""What a stored workbook must keep to: checked by `digicit check` and by the tests."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digicit_lib.workbook.findings import typed_claims

MAX_LINES = 10
ALLOWED_IMPORTS = {"digicit_lib", "pandas", "numpy", "scipy", "seaborn", "matplotlib", "pingouin"}
CLOSING = "closing"
UNREADABLE = "cannot be read as a notebook"


def problems(path: Path) -> list[str]:
    """Everything in a stored notebook that breaks a rule, each with its cell.

    Parameters
    ----------
    path : Path
        An `.ipynb` file of `workbooks/`.

    Returns
    -------
    list of str
        Empty when all is well.
    """
    annex = path.stem.endswith("_annex")
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        rules_broken = [*_stored(cells), *_code(cells), *_prose(cells)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [UNREADABLE]
    return rules_broken + ([] if annex else [*_parameters(cells), *_headings(cells)])


def sections(path: Path) -> list[str]:
    """Titles of a notebook's sections, without numbers: a report gives them to those that it prints."""
    if UNREADABLE in problems(path):
        return []
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join(_source(cell) for cell in cells if cell["cell_type"] == "markdown")
    return re.findall(r"^## (?:\d+ )?(.+)$", text, flags=re.MULTILINE)


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _stored(cells: list[dict[str, Any]]) -> Iterator[str]:
    ids: set[str] = set()
    for number, cell in enumerate(cells, 1):
        name = cell.get("id", "")
        if not name or name in ids:
            yield f"cell {number}: no stable id of its own"
        ids.add(name)
        if cell.get("outputs") or cell.get("execution_count"):
            yield f"cell {number}: stored outputs (clear them before you save)"


def _code(cells: list[dict[str, Any]]) -> Iterator[str]:
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] != "code":
            continue
        source = _source(cell)
        lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        if len(lines) > MAX_LINES:
            yield f"cell {number}: {len(lines)} lines of code, at most {MAX_LINES}"
        if number == 1 or cells[number - 2]["cell_type"] != "markdown":
            yield f"cell {number}: no prose before the code"
        try:
            tree = ast.parse(source)
        except SyntaxError as error:
            yield f"cell {number}: line {error.lineno} is not Python"
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                yield f"cell {number}: defines something; move it to the library"
            for name in _imported(node):
                if name not in ALLOWED_IMPORTS:
                    yield f"cell {number}: imports {name}; allowed: {', '.join(sorted(ALLOWED_IMPORTS))}"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    return [(node.module or "").split(".")[0]] if isinstance(node, ast.ImportFrom) else []


def _prose(cells: list[dict[str, Any]]) -> Iterator[str]:
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] == "markdown" and "lab" not in cell["metadata"].get("tags", []):
            body = re.sub(r"^#+ .*$", "", _source(cell), flags=re.MULTILINE)
            for claim in typed_claims(body):
                yield f"cell {number}: {claim!r} stands in prose outside a token"


def _parameters(cells: list[dict[str, Any]]) -> Iterator[str]:
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    if not code or "parameters" not in code[0]["metadata"].get("tags", []):
        yield "the first code cell is not tagged parameters"
    if not any(CLOSING in cell["metadata"].get("tags", []) for cell in cells):
        yield f"no cell is tagged {CLOSING}, so an annex has no place"


def _numbered(cells: list[dict[str, Any]]) -> list[tuple[int, str]]:
    text = "\n".join(_source(cell) for cell in cells if cell["cell_type"] == "markdown")
    return [(int(n), title) for n, title in re.findall(r"^## (\d+) (.+)$", text, flags=re.MULTILINE)]


def _headings(cells: list[dict[str, Any]]) -> Iterator[str]:
    numbers = [number for number, _ in _numbered(cells)]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"section numbers have gaps: {numbers}"
