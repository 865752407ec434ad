"""A study's parameters: `params/<study>.yaml` over `params/defaults.yaml`, checked whole, then frozen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from digicit_lib.errors import DigicitError, ParamsError, suggest
from digicit_lib.params.schema import (
    LANGUAGES,
    PHASES,
    Assumption,
    Design,
    Helpline,
    Judgement,
    Landscape,
    Params,
    Publication,
)
from digicit_lib.project import SLUG, Project, find_root
from digicit_lib.safe import Lines, load_yaml

__all__ = [
    "LANGUAGES", "PHASES", "Assumption", "Design", "Helpline", "Judgement", "Landscape", "Params",
    "Publication", "json_schema", "load_params",
]  # fmt: skip


def load_params(study: str | Path, root: Path | None = None) -> Params:
    """Read a study's params file over the defaults.

    Parameters
    ----------
    study : str or Path
        A slug (`turkey`) or a params file (`params/examples/turkey_pisa2018.yaml`).
    root : Path, optional
        The project folder; found from the working directory when not given.

    Returns
    -------
    Params

    Raises
    ------
    ParamsError
        All problems of the file at once, each with its line.
    DigicitError
        Unknown study, or YAML that cannot be read.
    """
    root = root or find_root()
    project = Project(root)
    path = project.params(study)
    label = _label(path, root)
    if not SLUG.fullmatch(path.stem):
        raise DigicitError(
            "The params file name must be a slug.", got=path.name, allowed="a-z, 0-9, _ (turkey.yaml)"
        )
    raw, lines = _read(path, label)
    base, _ = _read(project.defaults, _label(project.defaults, root))
    merged = _merge(base, raw)
    try:
        return Params.model_validate({**merged, "slug": path.stem, "file": label})
    except ValidationError as error:
        raise ParamsError(_problems(error, merged, lines, label), file=label) from None


def json_schema() -> dict[str, Any]:
    """JSON Schema of a params file, for completion in an editor."""
    schema = Params.model_json_schema()
    for name in ("slug", "file"):
        schema["properties"].pop(name)
    schema["required"] = [name for name in schema["required"] if name not in ("slug", "file")]
    return schema


def _label(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _read(path: Path, label: str) -> tuple[dict[str, Any], Lines]:
    data, lines = load_yaml(path)
    if not isinstance(data, dict):
        raise DigicitError("A params file is a mapping.", where=label, got=type(data).__name__)
    reserved = [key for key in ("slug", "file") if key in data]
    if reserved:
        raise DigicitError(
            "Key not for params files.", where=f"{label}:{lines[(reserved[0],)]}", got=reserved[0]
        )
    return data, lines


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """The study's mappings upon the defaults'; anything else, and a change of `kind`, replaces."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping) and _same_kind(value, old):
            value = _merge(old, value)
        merged[key] = value
    return merged


def _same_kind(value: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    return "kind" not in value or bool(value["kind"] == old.get("kind", value["kind"]))


def _problems(error: ValidationError, data: Any, lines: Lines, label: str) -> list[DigicitError]:
    found = []
    for item in error.errors(include_url=False):
        path = _yaml_path(item["loc"], data)
        line = next((lines[path[:i]] for i in range(len(path), -1, -1) if path[:i] in lines), 1)
        found.append((line, _problem(item, path, f"{label}:{line}")))
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def _yaml_path(loc: tuple[int | str, ...], data: Any) -> tuple[int | str, ...]:
    """Pydantic's location without the names of union members, which no reader has typed."""
    path: list[int | str] = []
    for part in loc:
        known = isinstance(data, Mapping) and part in data
        indexed = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if known or indexed:
            path.append(part)
            data = data[part]
        elif part == loc[-1]:
            path.append(part)
    return tuple(path)


def _problem(item: Any, path: tuple[int | str, ...], where: str) -> DigicitError:
    name = ".".join(map(str, path))
    if item["type"] == "extra_forbidden":
        options = _keys_at(path[:-1])
        close = suggest(str(path[-1]), options)
        hint = f"did you mean {close}?" if close else None
        return DigicitError(
            "Unknown key.", where=where, got=name, allowed=", ".join(options) or None, next=hint
        )
    if item["type"] == "missing":
        return DigicitError("A needed key is missing.", where=where, got=name, next=f"add {name}")
    message = str(item["msg"]).removeprefix("Value error, ")
    shown = item["input"] if isinstance(item["input"], str | int | float) else type(item["input"]).__name__
    return DigicitError(f"Wrong value for {name}.", where=where, got=str(shown)[:80], allowed=message)


def _keys_at(path: tuple[int | str, ...]) -> list[str]:
    """Keys that the model allows at a place, over all members of a union."""
    models: list[Any] = [Params]
    for part in path:
        if isinstance(part, int):
            continue
        fields = [model.model_fields.get(str(part)) for model in models]
        models = [m for field in fields if field is not None for m in _models_in(field.annotation)]
    return sorted({key for model in models for key in model.model_fields} - {"slug", "file"})


def _models_in(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
