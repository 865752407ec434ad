"""A run told to other programs: `ro-crate-metadata.json` beside `run.json`, from what that record knows.

Plain JSON-LD by the Process Run Crate profile 0.5 on RO-Crate 1.1: which files this run made, from what, with
which software. It holds no path of a machine, and no date that the record does not hold.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from digicit_lib.project import workbook_label
from digicit_lib.runner.jobs import Job
from digicit_lib.safe import load_yaml

FILE = "ro-crate-metadata.json"
SPEC = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
CONTEXT = [f"{SPEC}/context", "https://w3id.org/ro/terms/workflow-run/context"]
MEDIA: dict[str, str] = load_yaml(Path(__file__).with_name("media.yaml"))[0]

Entity = dict[str, Any]


def describe_run(job: Job, facts: Mapping[str, Any]) -> str:
    """The crate of a run.

    Parameters
    ----------
    job : Job
        Whose folder the crate stands in; a product's pages stand beside it, outside the crate.
    facts : mapping
        The run record.

    Returns
    -------
    str
        JSON; the same facts give the same bytes.
    """
    places = {name: _place(job, name) for name in facts["outputs"]}
    files = [_file(places[name], facts_of_file) for name, facts_of_file in facts["outputs"].items()]
    results = [*files, {"@id": "run.json", "@type": "File", "name": "run.json", **_media("run.json")}]
    software = _software(facts["versions"], facts["python"])
    inputs = [*_inputs(facts), *_values("seed", facts["seed"]), *_values("parameter", job.parameters)]
    workbook = {
        "@id": "#workbook",
        "@type": "SoftwareSourceCode",
        "name": workbook_label(job.workbook),
        "programmingLanguage": "Python",
        "softwareRequirements": _refs(software),
    }
    authors = _authors(facts["params"])
    action = _action(facts, inputs, results)
    root = _root(job, facts, [e for e in results if e["@type"] == "File"], authors)
    graph = [_descriptor(), root, _profile(), action, workbook, *software, *inputs, *results, *authors]
    return json.dumps({"@context": CONTEXT, "@graph": graph}, indent=1, ensure_ascii=False) + "\n"


def _place(job: Job, name: str) -> str:
    """Where an output will stand, seen from the folder of the crate."""
    return PurePosixPath(os.path.relpath(job.published(name), job.target)).as_posix()


def _media(name: str) -> Entity:
    kind = MEDIA.get(PurePosixPath(name).suffix)
    return {"encodingFormat": kind} if kind else {}


def _file(place: str, record: Mapping[str, Any]) -> Entity:
    """A part of the crate; what stands outside its folder is told and no part."""
    kind = "CreativeWork" if place.startswith("../") else "File"
    size = {"contentSize": str(record["bytes"])} if kind == "File" else {}
    facts = {"name": PurePosixPath(place).name, **_media(place), **size, "sha256": record["sha256"]}
    return {"@id": place, "@type": kind, **facts}


def _refs(entities: list[Entity]) -> list[Entity]:
    return [{"@id": entity["@id"]} for entity in entities]


def _descriptor() -> Entity:
    about = {"conformsTo": {"@id": SPEC}, "about": {"@id": "./"}}
    return {"@id": FILE, "@type": "CreativeWork", **about}


def _profile() -> Entity:
    return {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}


def _root(job: Job, facts: Mapping[str, Any], parts: list[Entity], authors: list[Entity]) -> Entity:
    """The root: published dates come from the study, as on every page."""
    params = facts["params"]
    title = params["study"]["title"] if params else "Countries compared"
    start, mark = ("DEMONSTRATION: ", " SYNTHETIC: invented data.") if _invented(job, params) else ("", "")
    title_ = {"name": f"{start}{title}: {job.name}"}
    title_ |= {"description": f"What digicit made of {job.name}, run {job.run}.{mark}"}
    sponsor = params.get("disclosure", {}).get("sponsor_and_conductor") if params else ""
    words = {"creditText": sponsor} if sponsor else {}
    by = {"author": _refs(authors)} if authors else {}
    properties = {"datePublished": job.date, "inLanguage": job.language, **by, **words}
    licence = "No licence is stated: ask those who published it."
    links = {"hasPart": _refs(parts), "mentions": {"@id": f"#run-{job.run}"}}
    return {
        "@id": "./",
        "@type": "Dataset",
        "conformsTo": {"@id": PROFILE},
        **title_,
        **properties,
        "license": licence,
        **links,
    }


def _invented(job: Job, params: Mapping[str, Any]) -> bool:
    """Whether any source of the study is invented, as the titles of its pages say it."""
    sources = params["data"].values() if params else ()
    return getattr(job, "synthetic", False) or any((s or {}).get("kind") == "synthetic" for s in sources)


def _authors(params: Mapping[str, Any]) -> list[Entity]:
    """The partners that the params name, and nobody else."""
    names = params["study"]["partners"] if params else []
    return [{"@id": f"#partner-{i}", "@type": "Organization", "name": n} for i, n in enumerate(names, 1)]


def _software(versions: Mapping[str, str], python: str) -> list[Entity]:
    kind = "SoftwareApplication"
    return [
        {"@id": f"#software-{name}", "@type": kind, "name": name, "softwareVersion": text}
        for name, text in {**versions, "python": python}.items()
    ]


def _inputs(facts: Mapping[str, Any]) -> list[Entity]:
    """Data files by their hash, and the hashes of all else that the run rests on."""
    return [_input(number, name, text) for number, (name, text) in enumerate(facts["inputs"].items(), 1)]


def _input(number: int, name: str, text: str) -> Entity:
    if name.startswith(("data ", "evidence ")) and ":" not in text:  # a keyed hash is none of the bytes
        entity = {"name": name.partition(" ")[2], **_media(name), "sha256": text}
        return {"@id": f"#input-{number}", "@type": "CreativeWork", **entity}
    return {"@id": f"#input-{number}", "@type": "PropertyValue", "name": name, "value": text}


def _values(kind: str, values: Mapping[str, Any]) -> list[Entity]:
    return [
        {"@id": f"#{kind}-{name}", "@type": "PropertyValue", "name": f"{kind} {name}", "value": value}
        for name, value in values.items()
    ]


def _action(facts: Mapping[str, Any], inputs: list[Entity], results: list[Entity]) -> Entity:
    """The run itself."""
    commit = {"description": f"commit {facts['commit']}"} if facts["commit"] else {}
    name = f"digicit run of {facts['study']} {facts['phase']}"
    properties = {"name": name, **commit, "endTime": facts["finished"]}
    links = {"instrument": {"@id": "#workbook"}, "object": _refs(inputs), "result": _refs(results)}
    return {"@id": f"#run-{facts['run']}", "@type": "CreateAction", **properties, **links}
