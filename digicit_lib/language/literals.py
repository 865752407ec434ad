"""Messages in Python code: the literals that flow into a call that says something.

Names are followed to where they were given a value, parameters to the calls that fill them, tables of words
to their values, so that code need not wrap a literal to have it translated.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Calls that show words, and which of their positional arguments are words.
SAYERS = {
    "N_": (0,), "say": (0,), "translate": (0,), "note": (0,), "finding": (0,), "prose": (0,),
    "definitions": (0, 1), "bullets": (0,), "retell": (1,), "Result": (1, 3, 6, 7), "Piece": (),
}  # fmt: skip
WORDS = {"title", "subtitle", "notes", "gaps", "reader", "x_title", "note"}
# Functions whose arguments pass through unchanged.
_THROUGH = {
    "tuple", "list", "set", "sorted", "zip", "enumerate", "filter", "next", "iter", "str", "fromkeys", "map",
    "items", "values", "union", "split", "strip", "N_",
}  # fmt: skip
_DEEPEST = 12
PAIR = "\0"
Found = tuple[str, int, str]


@dataclass(eq=False)
class _Module:
    """One file: what each name was given, by function (None: the file itself)."""

    path: str
    tree: ast.Module
    given: dict[tuple[str, str], list[ast.expr]] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(eq=False)
class _Place:
    """An expression with the file and the functions around it, the innermost last."""

    module: _Module
    inside: tuple[ast.FunctionDef, ...]
    node: ast.expr


def python_messages(root: Path, files: Sequence[Path]) -> list[Found]:
    """Every message in Python files.

    Parameters
    ----------
    root : Path
        Places are written below it.
    files : sequence of Path

    Returns
    -------
    list of (str, int, str)
        File, line, message; in the order of files and lines, each place once.
    """
    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in files}
    return _Reader({name: ast.parse(text) for name, text in texts.items()}).messages()


def source_messages(source: str, name: str) -> list[Found]:
    """Every message in a piece of code, such as the cell of a notebook.

    Examples
    --------
    >>> source_messages("wb.note('Read this.', title='Before you begin')", "cell")
    [('cell', 1, 'Before you begin'), ('cell', 1, 'Read this.')]
    """
    return _Reader({name: ast.parse(source)}).messages()


class _Reader:
    def __init__(self, trees: dict[str, ast.Module]) -> None:
        self.modules = {path: _Module(path, tree) for path, tree in trees.items()}
        self.calls: dict[str, list[tuple[_Place, ast.Call]]] = {}
        self.returns: dict[tuple[str, str], list[_Place]] = {}
        for module in self.modules.values():
            self._read(module, module.tree, ())

    def messages(self) -> list[Found]:
        """All that is said."""
        found: set[Found] = set()
        for name, calls in self.calls.items():
            for place, call in calls:
                found.update(self._said(name, place, call))
                if name == "plural" and len(call.args) > 1:
                    found.update(self._pairs(place, call))
        return sorted(found)

    def _pairs(self, place: _Place, call: ast.Call) -> Iterator[Found]:
        """Singular and plural, joined by `PAIR`."""
        ends = [
            list(self._resolve(_Place(place.module, place.inside, node), frozenset()))
            for node in call.args[:2]
        ]
        for (file, line, one), (_, _, many) in zip(*ends, strict=True):
            yield file, line, one + PAIR + many

    def _said(self, name: str, place: _Place, call: ast.Call) -> Iterator[Found]:
        chosen = [call.args[i] for i in SAYERS.get(name, ()) if i < len(call.args)]
        chosen += [keyword.value for keyword in call.keywords if keyword.arg in WORDS]
        for node in chosen:
            yield from self._resolve(_Place(place.module, place.inside, node), frozenset())

    # --- what is where ------------------------------------------------------------------------------

    def _read(self, module: _Module, node: ast.AST, inside: tuple[ast.FunctionDef, ...]) -> None:
        if isinstance(node, ast.FunctionDef):
            inside = (*inside, node)
        self._note(module, node, inside)
        for child in ast.iter_child_nodes(node):
            self._read(module, child, inside)

    def _note(self, module: _Module, node: ast.AST, inside: tuple[ast.FunctionDef, ...]) -> None:
        scope = inside[-1].name if inside else ""
        for target, value in _given(node):
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    module.given.setdefault((scope, name.id), []).append(value)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("digicit_lib"):
            for alias in node.names:
                module.imported[alias.asname or alias.name] = (node.module or "", alias.name)
        elif isinstance(node, ast.Call):
            self.calls.setdefault(_name(node.func), []).append((_Place(module, inside, node), node))
        elif isinstance(node, ast.Return) and node.value is not None:
            key = (module.path, scope)
            self.returns.setdefault(key, []).append(_Place(module, inside, node.value))

    # --- where words come from ----------------------------------------------------------------------

    def _resolve(self, place: _Place, seen: frozenset[int]) -> Iterator[Found]:
        node = place.node
        if id(node) in seen or len(seen) > _DEEPEST:
            return
        seen = seen | {id(node)}
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if is_words(node.value):
                yield place.module.path, node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield from self._name(place, node.id, seen)
        elif isinstance(node, ast.Call):
            yield from self._call(place, node, seen)
        else:
            for part in _parts(node):
                yield from self._resolve(_Place(place.module, place.inside, part), seen)

    def _name(self, place: _Place, name: str, seen: frozenset[int]) -> Iterator[Found]:
        module = place.module
        for scope in (*(f.name for f in reversed(place.inside)), ""):
            if (scope, name) in module.given:
                for value in module.given[scope, name]:
                    yield from self._resolve(_Place(module, place.inside if scope else (), value), seen)
                return
            function = next((f for f in place.inside if f.name == scope), None)
            if function and name in _parameters(function):
                yield from self._filled(function, name, place, seen)
                return
        if name in module.imported:
            folder, original = module.imported[name]
            stem = folder.replace(".", "/")
            for path in (f"{stem}.py", f"{stem}/__init__.py"):
                if other := self.modules.get(path):
                    for value in other.given.get(("", original), ()):
                        yield from self._resolve(_Place(other, (), value), seen)

    def _filled(
        self, function: ast.FunctionDef, name: str, place: _Place, seen: frozenset[int]
    ) -> Iterator[Found]:
        """What the calls of a function give one of its parameters, and its default."""
        if default := _defaults(function).get(name):
            yield from self._resolve(_Place(place.module, (), default), seen)
        at = _parameters(function).index(name)
        if function.name.startswith("__"):
            return
        for where, call in self.calls.get(function.name, ()):
            given = [keyword.value for keyword in call.keywords if keyword.arg == name]
            given += call.args[at : at + 1] if len(call.args) > at else []
            for value in given:
                yield from self._resolve(_Place(where.module, where.inside, value), seen)

    def _call(self, place: _Place, call: ast.Call, seen: frozenset[int]) -> Iterator[Found]:
        name = _name(call.func)
        parts: list[ast.expr] = []
        if name == "get" and isinstance(call.func, ast.Attribute):
            known = bool(call.args) and isinstance(call.args[0], ast.Constant)
            parts = [*([] if known else [call.func.value]), *call.args[1:]]
        elif name in _THROUGH:
            parts = [*call.args, *([call.func.value] if isinstance(call.func, ast.Attribute) else [])]
        elif name in ("capitalize", "lower", "replace") and isinstance(call.func, ast.Attribute):
            return
        for part in parts:
            yield from self._resolve(_Place(place.module, place.inside, part), seen)
        for value in self.returns.get((place.module.path, name), ()):
            yield from self._resolve(value, seen)


def is_words(text: str) -> bool:
    """Whether a text has anything to translate.

    Examples
    --------
    >>> [t for t in ("Girls", "; ", "{low} to {high}", "ACC-03", "age_group") if is_words(t)]
    ['Girls', '{low} to {high}']
    """
    bare = "".join(text.split())
    code = text.isupper() and any(c.isdigit() for c in text)
    return any(c.isalpha() for c in bare) and not code and not ("_" in text and " " not in text)


def _given(node: ast.AST) -> Iterator[tuple[ast.AST, ast.expr]]:
    """Targets with the values that they are given."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if not isinstance(target, ast.Tuple) or not isinstance(node.value, ast.Tuple):
                yield target, node.value
            elif len(target.elts) == len(node.value.elts):
                yield from zip(target.elts, node.value.elts, strict=True)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter


def _parts(node: ast.expr) -> list[ast.expr]:
    """The pieces of an expression that its value may come from; dictionaries give their values."""
    if isinstance(node, ast.Dict):
        return list(node.values)
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return list(node.elts)
    if isinstance(node, ast.BoolOp):
        return list(node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.BitOr):
        return [node.left, node.right]
    if isinstance(node, ast.Subscript):
        return [] if isinstance(node.slice, ast.Constant) else [node.value]
    if isinstance(node, ast.Starred):
        return [node.value]
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        return [node.elt]
    return [node.value] if isinstance(node, ast.DictComp) else []


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _parameters(function: ast.FunctionDef) -> list[str]:
    names = [arg.arg for arg in (*function.args.args, *function.args.kwonlyargs)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _defaults(function: ast.FunctionDef) -> dict[str, ast.expr]:
    args = function.args
    plain = dict(zip([a.arg for a in args.args][::-1], args.defaults[::-1], strict=False))
    only = {a.arg: d for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is not None}
    return plain | only
