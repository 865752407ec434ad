"""A study's parameters: `params/<study>.yaml` over `params/defaults.yaml`, checked whole, then frozen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from digicit_lib.codebook.problems import model_problems, placeholders, unseen_characters
from digicit_lib.errors import DigicitError, ParamsError
from digicit_lib.params.schema import PHASES, Assumption, Design, LandscapeSection, Params, Publication
from digicit_lib.project import SLUG, ProjectFolder, find_root
from digicit_lib.safe import Lines, load_yaml


def load_params(study: str | Path, root: str | Path | None = None) -> Params:
    """Read a study's params file over the defaults.

    Parameters
    ----------
    study : str or Path
        A slug (`turkey`) or a params file (`params/examples/turkey_pisa2018.yaml`).
    root : str or Path, optional
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
    root = Path(root or find_root())
    project = ProjectFolder(root)
    path = project.params(study)
    label = _label(path, root)
    if not SLUG.fullmatch(path.stem):
        raise DigicitError(
            "The params file name must be a slug.", got=path.name, allowed="a-z, 0-9, _ (turkey.yaml)"
        )
    raw, lines = _read(path, label)
    base, _ = _read(project.defaults, _label(project.defaults, root))
    merged = _merge(base, raw)
    # Columns and files under `data` are called whatever those who made them liked.
    printed = {key: value for key, value in raw.items() if key != "data"}
    wrong = placeholders(raw, lines, label) + unseen_characters(printed, lines, label)
    try:
        params = _consistent(Params.model_validate({**merged, "slug": path.stem, "file": label}))
    except ValidationError as error:
        wrong += model_problems(error, merged, lines, label, Params)
    if wrong:
        raise ParamsError(wrong, file=label)
    return params


def earlier_waves(params: Params, root: Path) -> list[Params]:
    """The studies that `study.earlier` names, in its order: beside the params file, or in `params/`.

    Raises
    ------
    DigicitError
        One is not there, has no survey, or is the study itself.
    """
    beside = (root / params.file).parent
    waves = []
    for slug in params.study.earlier:
        paths = [folder / f"{slug}.yaml" for folder in (beside, root / "params")]
        path = next((path for path in paths if path.is_file() and slug != params.slug), None)
        if path is None:
            what = "The earlier wave is not there."
            allowed = "the slug of another params file, beside this one or in params/"
            raise DigicitError(what, where=f"{params.file} study.earlier", got=slug, allowed=allowed)
        wave = load_params(path, root)
        if wave.data.survey is None:
            raise DigicitError("The earlier wave has no survey.", where=wave.file, next="add data.survey")
        waves.append(wave)
    return waves


def _consistent(params: Params) -> Params:
    """The params, when their parts agree; a primary comparison is declared before anyone could look."""
    began = params.study.fieldwork_began
    latest = began or params.study.date
    allowed = f"a day before {'fieldwork began' if began else 'the date of the study'}, {latest}"
    late = [
        InitErrorDetails(
            type=PydanticCustomError("late", "{allowed}", {"allowed": allowed}),
            loc=("analysis", "primary", i, "declared_on"),
            input=str(primary.declared_on),
        )
        for i, primary in enumerate(params.analysis.primary)
        if primary.declared_on >= latest
    ]
    if late:
        raise ValidationError.from_exception_data("Params", late)
    return params


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
