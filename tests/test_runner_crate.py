"""The crate of a run: whole, true to the folder it stands in and to the run record, free of machine paths."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zoo

from digicit_lib.products.planning import ProductJob
from digicit_lib.runner import Batch, Job, state_of
from digicit_lib.runner.crate import CONTEXT, FILE, PROFILE, SPEC, describe_run


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A published report of the zoo, replacing an earlier one."""
    root = zoo.make_root(tmp_path_factory.mktemp("crate"))
    zoo.add_study(root, "good")
    zoo.put_last_good_report(root, "good")
    (job,) = zoo.jobs_of(root, "good")
    for force in (False, True):
        (outcome,) = Batch([job], zoo.Heard(), force=force).run(1)
        assert outcome.state == "done"
    return job


def graph(job: Job) -> dict[str, dict[str, Any]]:
    entities = json.loads((job.target / FILE).read_text())["@graph"]
    assert len({entity["@id"] for entity in entities}) == len(entities)
    return {entity["@id"]: entity for entity in entities}


def references(value: object) -> list[str]:
    """Every id that a value points to."""
    if isinstance(value, dict):
        return [value["@id"]] if set(value) == {"@id"} else [r for v in value.values() for r in references(v)]
    return [r for v in value for r in references(v)] if isinstance(value, list) else []


def test_descriptor_and_root_are_those_of_the_specification(job: Job) -> None:
    found = graph(job)
    assert json.loads((job.target / FILE).read_text())["@context"] == CONTEXT
    about = {"@id": FILE, "@type": "CreativeWork", "conformsTo": {"@id": SPEC}, "about": {"@id": "./"}}
    assert found[FILE] == about
    root = found["./"]
    assert root["@type"] == "Dataset"
    assert root["conformsTo"] == {"@id": PROFILE}
    assert root["datePublished"] == "2026-11-01"
    assert all(root[key] for key in ("name", "description", "license"))
    assert root["name"] == "DEMONSTRATION: Zoo: good quantitative"
    assert root["description"].endswith("SYNTHETIC: invented data.")
    assert not [name for e in found.values() for name in references(e) if name not in found and name != SPEC]


def test_every_part_is_there_with_its_size_and_hash(job: Job) -> None:
    found = graph(job)
    parts = [entity["@id"] for entity in found["./"]["hasPart"]]
    on_disk = {p.relative_to(job.target).as_posix() for p in job.target.rglob("*") if p.is_file()}
    assert set(parts) == on_disk - {FILE}
    assert {"report.html", "changes.html", "run.json", "evidence.parquet"} <= set(parts)
    for name in parts:
        content = (job.target / name).read_bytes()
        assert found[name]["@type"] == "File"
        assert found[name]["encodingFormat"]
        if name != "run.json":
            known = (str(len(content)), hashlib.sha256(content).hexdigest())
            assert (found[name]["contentSize"], found[name]["sha256"]) == known


def test_the_run_says_what_it_took_and_what_with(job: Job) -> None:
    found, record = graph(job), json.loads((job.target / "run.json").read_text())
    action = found[f"#run-{job.run}"]
    assert action["@type"] == "CreateAction"
    assert action["endTime"] == record["finished"]
    taken = [found[entity["@id"]] for entity in action["object"]]
    assert {e["name"] for e in taken} >= {*record["inputs"], "seed survey", "parameter language"}
    workbook = found[action["instrument"]["@id"]]
    assert (workbook["@type"], workbook["name"]) == ("SoftwareSourceCode", job.workbook)
    tools = {e["name"]: e["softwareVersion"] for e in found.values() if e["@type"] == "SoftwareApplication"}
    assert tools == record["versions"] | {"python": record["python"]}


def test_it_names_no_machine_and_no_date_of_its_own_and_changes_nothing(job: Job) -> None:
    text, record = (job.target / FILE).read_text(), json.loads((job.target / "run.json").read_text())
    assert describe_run(job, record) == text
    assert str(job.root) not in text
    assert str(Path.home()) not in text
    assert FILE not in record["outputs"]
    (job.target / FILE).unlink()
    assert state_of(job, rehash=True).kind == "fresh"


def test_another_program_reads_it(job: Job, tmp_path: Path) -> None:
    from rocrate.rocrate import ROCrate

    record = json.loads((job.target / "run.json").read_text())
    (job.target / FILE).write_text(describe_run(job, record))
    crate = ROCrate(job.target)
    assert {entity.id for entity in crate.data_entities} >= {"report.html", "report.pdf", "workbook.ipynb"}
    assert crate.get(f"#run-{job.run}")["instrument"]["name"] == job.workbook


def test_pages_of_a_product_stand_outside_the_crate_and_data_are_named_by_their_hash(job: Job) -> None:
    plain = {
        name: getattr(job, name)
        for name in (
            "root",
            "study",
            "main",
            "params_file",
            "annex",
            "country",
            "workbook",
            "date",
            "limits",
            "files",
            "inputs",
        )
    }
    product = ProductJob(**plain, phase="forum_pack", language="en", extra={}, synthetic=True)
    known = {"bytes": 4, "sha256": "ab"}
    facts = json.loads((job.target / "run.json").read_text()) | {"inputs": {"data a.sav": "cd", "lock": "ef"}}
    facts["outputs"] = {"SYNTHETIC-forum_pack.html": known, "evidence.csv": known}
    facts["params"]["study"]["partners"] = ["A university"]
    found = {e["@id"]: e for e in json.loads(describe_run(product, facts))["@graph"]}
    assert [e["@id"] for e in found["./"]["hasPart"]] == ["evidence.csv", "run.json"]
    assert found["../SYNTHETIC-forum_pack.html"]["@type"] == "CreativeWork"
    assert {"@id": "../SYNTHETIC-forum_pack.html"} in found[f"#run-{facts['run']}"]["result"]
    assert (found["#input-1"]["name"], found["#input-1"]["sha256"]) == ("a.sav", "cd")
    assert found["#input-2"]["@type"] == "PropertyValue"
    assert found["./"]["author"] == [{"@id": "#partner-1"}]
    assert found["#partner-1"]["name"] == "A university"
    assert "author" not in graph(job)["./"]
    facts["params"]["data"] = {"survey": {"kind": "microdata"}, "landscape": None}
    real = json.loads(describe_run(replace(product, synthetic=False), facts))["@graph"][1]
    assert real["name"] == "Zoo: good forum_pack en"
    assert "SYNTHETIC" not in real["description"]
