"""Everything that is wrong in a YAML file of a person, at once: plain sentences, each with its line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from digicit_lib.errors import DigicitError, did_you_mean, nearest
from digicit_lib.safe import Lines, clean

MOST = 100  # problems that one message tells
PLACEHOLDER = re.compile(r"<[^\W\d_][^<>\n]{2,}>")


def model_problems(
    error: ValidationError, data: Any, lines: Lines, label: str, model: type[BaseModel]
) -> list[DigicitError]:
    """The problems that a model found, in the order of the file's lines.

    Parameters
    ----------
    data : object
        What was checked.
    lines : dict
        Key path to line, of `load_yaml`.
    label : str
        How messages call the file.
    """
    lines_and_problems = []
    for item in error.errors(include_url=False):
        path = _yaml_path(item["loc"], data)
        line = next((lines[path[:i]] for i in range(len(path), -1, -1) if path[:i] in lines), 1)
        lines_and_problems.append((line, item, path))
    lines_and_problems.sort(key=lambda problem: problem[0])
    told = [_problem(item, path, f"{label}:{line}", model) for line, item, path in lines_and_problems[:MOST]]
    if len(lines_and_problems) > MOST:
        told.append(
            DigicitError("More problems are not told.", where=label, got=f"{len(lines_and_problems)} in all")
        )
    return told


def placeholders(data: Any, lines: Lines, label: str) -> list[DigicitError]:
    """Values that still say what a person should write there, such as `<title of the study>`.

    Examples
    --------
    >>> from digicit_lib.safe import load_yaml
    >>> [problem.got for problem in placeholders(*load_yaml('a: "<title of the study>"'), "x.yaml")]
    ['<title of the study>']
    """
    return [
        DigicitError(
            "A placeholder is not filled in.",
            where=f"{label}:{lines.get(path, 1)}",
            got=text,
            next="write the real text there",
        )
        for path, text in _texts(data, ())
        if PLACEHOLDER.fullmatch(text.strip())
    ]


def unseen_characters(data: Any, lines: Lines, label: str) -> list[DigicitError]:
    """Values with control or direction characters, or with a break of line that an editor does not show.

    Examples
    --------
    >>> [problem.where for problem in unseen_characters({"a": "b", "c": "\\x1b[2J"}, {("c",): 2}, "x.yaml")]
    ['x.yaml:2']
    """
    return [
        DigicitError(
            "A value has characters that nobody sees.",
            where=f"{label}:{lines.get(path, 1)}",
            got=text,
            allowed="letters, signs, spaces and line ends",
            next="write it again without them",
        )
        for path, text in _texts(data, ())
        if clean(text) != text or set(text) & {*"\x85\u2028\u2029"}
    ]


def first_lines(data: Any, lines: Lines, label: str) -> dict[str, str]:
    """Where each name stands first, as a value or a key.

    Examples
    --------
    >>> from digicit_lib.safe import load_yaml
    >>> first_lines(*load_yaml("a:\\n  column: q1"), "x.yaml")
    {'q1': 'x.yaml:2', 'a': 'x.yaml:1', 'column': 'x.yaml:2'}
    """
    keys = ((path, str(path[-1])) for path in sorted(lines, key=lambda path: lines[path]) if path)
    first: dict[str, str] = {}
    for path, name in (*_texts(data, ()), *keys):
        if path in lines:
            first.setdefault(name, f"{label}:{lines[path]}")
    return first


def _texts(data: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(data, str):
        yield path, data
    pairs = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield from _texts(value, (*path, key))


def _yaml_path(loc: tuple[int | str, ...], data: Any) -> tuple[int | str, ...]:
    """Pydantic's location without the names of union members, which no reader has typed."""
    path: list[int | str] = []
    for part in loc:
        is_key = isinstance(data, Mapping) and part in data
        indexed = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if is_key or indexed:
            path.append(part)
            data = data[part]
        elif part == loc[-1]:
            path.append(part)
    return tuple(path)


def _problem(item: Any, path: tuple[int | str, ...], where: str, model: type[BaseModel]) -> DigicitError:
    name = ".".join(map(str, path))
    if item["type"] == "extra_forbidden":
        options = _keys_at(path[:-1], model)
        hint = did_you_mean(str(path[-1]), options)
        allowed = ", ".join(nearest(str(path[-1]), options)) or None
        return DigicitError("Unknown key.", where=where, got=name, allowed=allowed, next=hint)
    if item["type"] == "missing":
        return DigicitError("A needed key is missing.", where=where, got=name, next=f"add {name}")
    if item["type"] == "union_tag_invalid":
        tag, tags = item["ctx"]["tag"], item["ctx"]["expected_tags"].replace("'", "")
        return DigicitError(f"Wrong value for {name}.kind.", where=where, got=tag[:80], allowed=tags)
    message = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    message = "a list, as [1, 2]" if "valid tuple" in message else message
    if isinstance(item["input"], Mapping):
        keys = ", ".join(map(str, item["input"])) or "nothing"
        plain = "a rule, as {column: q1, yes: [1], no: [2]}" if "valid dict" in message else message
        what = f"{name} contradicts itself." if " stands under " in message else f"{name} is not complete."
        return DigicitError(what, where=where, got=f"the keys {keys}", allowed=plain)
    value = item["input"] if isinstance(item["input"], str | int | float) else type(item["input"]).__name__
    message = "several keys below it" if "valid dictionary" in message else message
    return DigicitError(f"Wrong value for {name}.", where=where, got=str(value)[:80], allowed=message)


def _keys_at(path: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """Keys that a model allows at a place, over all members of a union; a free name is no level."""
    models: list[Any] = [model]
    for part in path:
        if isinstance(part, int):
            continue
        fields = [one.model_fields.get(str(part)) for one in models]
        below = [m for field in fields if field is not None for m in _models_in(field.annotation)]
        models = below or models
    return sorted({key for one in models for key in one.model_fields} - {"slug", "file"})


def _models_in(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
