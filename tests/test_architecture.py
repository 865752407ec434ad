"""The rooms and their layers: imports go downwards only, heavy packages stay in their rooms."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

LIBRARY = Path(__file__).resolve().parents[1] / "digicit_lib"
FLOORS = (
    {"errors"},
    {"safe"},
    {"project"},
    {"language", "starter"},
    {"codebook", "evidence", "landscape", "qualitative", "survey"},
    {"params", "synthetic"},
    {"data", "disclosure"},
    {"exhibits"},
    {"report", "workbook"},
    {"runner"},
    {"products"},
    {"translation"},
    {"ledger"},
    {"checks"},
    {"cli"},
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
DEEPEST = 3  # classes of the library above one another
OWNERS = {
    "papermill": {"runner"},
    "nbconvert": {"report"},
    "seaborn": {"exhibits"},
    "matplotlib": {"exhibits"},
    "pingouin": {"survey", "qualitative"},
    "click": {"cli"},
    "typst": {"report"},
    "distributed": {"runner"},
}
PUBLIC = [
    "DigicitError",
    "Estimate",
    "Evidence",
    "Params",
    "Product",
    "SurveyDesign",
    "Workbook",
    "__version__",
    "association",
    "difference",
    "load_params",
    "mean",
    "proportion",
    "table",
]

DEFS = ast.FunctionDef | ast.AsyncFunctionDef
LOOKED_AT = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.Assert, ast.Call, ast.Name, ast.arg)


def sources() -> list[Path]:
    return sorted(LIBRARY.rglob("*.py"))


@cache
def nodes(path: Path) -> list[Any]:
    """What the tests ask about of a file, without the rest of its tree, which fills memory."""
    return [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, LOOKED_AT)
    ]


def room(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "digicit_lib":
                yield from (f"digicit_lib.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(LIBRARY).as_posix())
def test_imports_go_downwards_and_heavy_packages_stay_home(path: Path) -> None:
    here = room(path)
    for name in imports(path):
        top, *rest = name.split(".")
        if top == "digicit_lib" and rest and rest[0] in FLOOR and here in FLOOR and rest[0] != here:
            assert FLOOR[rest[0]] < FLOOR[here], f"{here} imports {rest[0]}, which is not on a lower floor"
        # The fork server loads heavy packages once for every kernel, and calls none of them.
        owners = OWNERS.get(top, {here}) | ({here} if path.stem == "fork_server" else set())
        assert here in owners, f"{here} imports {top}; it belongs in {OWNERS.get(top)}"


def test_every_room_has_a_floor() -> None:
    assert {room(path) for path in sources()} - {"__init__"} == set(FLOOR)


def module(path: Path) -> str:
    return ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts).removesuffix(".__init__")


def imported_files() -> dict[str, set[str]]:
    """Every file with the files that it imports anywhere, in functions and for types too."""
    modules = {module(path) for path in sources()}
    graph: dict[str, set[str]] = {}
    for path in sources():
        names: set[str] = set()
        for node in nodes(path):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                full = {f"{node.module}.{alias.name}" for alias in node.names}
                names |= (full & modules) | ({node.module} if full - modules else set())
        graph[module(path)] = (names & modules) - {module(path)}
    return graph


def test_no_files_import_each_other_in_circles() -> None:
    graph = imported_files()
    while free := {name for name, below in graph.items() if not below}:
        graph = {name: below - free for name, below in graph.items() if name not in free}
    assert graph == {}  # what is left imports itself, in a circle or above one


def test_no_class_stands_deeper_than_three() -> None:
    bases: dict[str, list[str]] = {}
    for path in sources():
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                names = [base.id for base in node.bases if isinstance(base, ast.Name)]
                bases.setdefault(node.name, []).extend(names)

    def depth(name: str) -> int:
        return 1 + max((depth(base) for base in bases[name] if base in bases and base != name), default=0)

    assert {name: depth(name) for name in bases if depth(name) > DEEPEST} == {}


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(LIBRARY).as_posix())
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_public_door_is_sorted_and_complete() -> None:
    import digicit_lib

    assert digicit_lib.__all__ == PUBLIC
    for name in PUBLIC:
        assert getattr(digicit_lib, name) is not None
    with pytest.raises(AttributeError):
        _ = digicit_lib.nothing


def test_importing_the_library_is_light() -> None:
    code = "import sys, json, digicit_lib, digicit_lib.cli; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pandas", "numpy", "matplotlib", "papermill", "nbformat", "scipy", "pydantic", "seaborn"}
    assert not heavy & set(json.loads(done.stdout))


def test_a_worker_loads_what_pages_need_and_nothing_that_draws() -> None:
    code = (
        "import sys, json, digicit_lib.runner.kernels.preload; "
        "print(json.dumps([name for name, module in sys.modules.items() if module]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert {"papermill", "nbconvert", "docx", "pptx", "typst", "xlsxwriter"} <= loaded
    # A worker drew nothing and paid two seconds for these.
    assert not {"matplotlib", "seaborn", "rfc3987_syntax", "lark"} & loaded


def test_nothing_prints_or_asserts_for_users() -> None:
    for path in sources():
        for node in nodes(path):
            assert not isinstance(node, ast.Assert), f"{path.name}:{node.lineno} asserts"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", f"{path.name}:{node.lineno} prints"


def test_file_names_are_unique() -> None:
    names = [path.name for path in sources() if path.name not in ("__init__.py", "__main__.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


USE = """
from digicit_lib import Workbook

survey = Workbook.open("turkey", "quantitative", language="tr")
daily = survey.estimate("ACC-03", by="gender")
survey.figure(daily, title="Daily")
survey.table(survey.odds("RSK-01", "gender"))
voices = Workbook.open("turkey", "qualitative")
voices.key_themes()
voices.table(voices.agreement())
review = Workbook.open("turkey", "exploratory")
review.figure(review.series("IT.NET.USER.ZS"))
review.close(save="outputs/mine")
"""


def test_ordinary_use_of_each_phase_is_typed(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(USE, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(LIBRARY.parent / ".mypy_cache")]
    done = subprocess.run(
        [*command, str(tmp_path / "use.py")], cwd=LIBRARY.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


# Bare participles say that something was found or told, not what. The rest stands in the rooms that wait.
PARTICIPLES = {
    "asked",
    "begun",
    "built",
    "chosen",
    "closed",
    "counted",
    "done",
    "drawn",
    "found",
    "given",
    "gone",
    "held",
    "hidden",
    "kept",
    "known",
    "left",
    "listed",
    "lost",
    "made",
    "marked",
    "met",
    "named",
    "needed",
    "placed",
    "put",
    "read",
    "said",
    "seen",
    "shown",
    "signed",
    "taken",
    "told",
    "used",
    "wanted",
    "own",
    "written",
}
SKIPS, INNER = 0, 80  # imports in functions: what a command or a kernel loads late
WAITING = {"exhibits", "qualitative", "disclosure", "checks"}  # rooms whose names are still to be made plain


def assigned_names(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def test_a_public_name_stands_once() -> None:
    """Readers and a catalogue `read`, a report and a finding `render`; a chart and a test are a `trend`."""
    files: dict[str, set[Path]] = {}
    for path in sources():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                files.setdefault(node.name, set()).add(path)
    assert {name for name, places in files.items() if len(places) > 1} <= {"read", "render", "trend"}


def test_names_say_what_a_thing_is() -> None:
    names = {path: list(assigned_names(path)) for path in sources()}
    bare = {path: [name for name in found if name in PARTICIPLES] for path, found in names.items()}
    plain = [(path.name, word) for path, words in bare.items() for word in words if room(path) not in WAITING]
    total = sum(len(found) for path, found in names.items() if room(path) not in WAITING)
    assert len(plain) < 0.005 * total, plain
    assert sum(map(len, bare.values())) < 0.006 * sum(map(len, names.values()))


def imported_late(tree: ast.Module) -> set[ast.AST]:
    """The imports of a file that stand in a function."""
    inside = (ast.walk(node) for node in ast.walk(tree) if isinstance(node, DEFS))
    return {node for all_ in inside for node in all_ if isinstance(node, ast.Import | ast.ImportFrom)}


def test_skipped_formatting_and_imports_in_functions_do_not_grow() -> None:
    text = [path.read_text(encoding="utf-8") for path in sources()]
    assert sum(one.count("# fmt: skip") for one in text) <= SKIPS
    late = [imported_late(ast.parse(one)) for one in text if re.search(r"^ +(?:import|from) ", one, re.M)]
    assert sum(map(len, late)) <= INNER
