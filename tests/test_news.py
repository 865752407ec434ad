"""News tell published key findings only, each number behind the gate; invented data say what they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from product_sample import change, project, sign

from digicit_lib.errors import EvidenceError, PublicationRefused
from digicit_lib.params import load_params
from digicit_lib.products.news import write_news

SAID = {
    "ACC-03": "54% go online every day (51–57; n 900).",
    "OPP-10": "9 of ten <make> something.",
    "RSK-03": "An optional question.",
}


def findings(root: Path, *names: str, key: bool = True) -> None:
    """What a run leaves beside its evidence: sentences with the ids of their numbers."""
    folder = root / "outputs" / "land" / "quantitative"
    told = [
        {"text": SAID[name], "ids": [f"land/quantitative/{name}/share/all"] * 2, "key": key} for name in names
    ]
    (folder / "findings.json").write_text(json.dumps([*told, {"text": "A caution.", "ids": [], "key": True}]))
    (folder / "run.json").write_text(json.dumps({"language": "en"}))


def news(root: Path, **options: bool) -> dict[str, str]:
    written = write_news(load_params("land", root), root, "en", **options)
    return {path.name: path.read_text(encoding="utf-8") for path in written}


def test_what_is_signed_is_told_with_its_date(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    findings(root, "ACC-03", "OPP-10")
    sign(root)
    texts = news(root)
    assert set(texts) == {"news.md", "news.html"}
    assert texts["news.md"].startswith("# A study\n\n2026-11-01\n\n- 54% go online every day (51–57; n 900).")
    assert "&lt;make&gt;" in texts["news.html"] and "caution" not in "".join(texts.values())


def test_a_number_that_nobody_signed_stops_the_news(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    findings(root, "ACC-03")
    with pytest.raises(PublicationRefused, match="no sign-off"):
        news(root)
    assert not (root / "outputs" / "land" / "news").exists()


def test_a_sentence_goes_whole_when_one_number_may_not_be_told(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    findings(root, "ACC-03", "RSK-03")
    sign(root)
    assert SAID["RSK-03"] not in news(root)["news.md"]  # tier O: only core indicators reach the public
    change(root, "ACC-03", estimate=0.99)
    with pytest.raises(PublicationRefused, match="changed since it was signed"):
        news(root)


def test_invented_data_are_told_as_a_demonstration_only(tmp_path: Path) -> None:
    root = project(tmp_path / "p", "synthetic")
    findings(root, "ACC-03")
    with pytest.raises(PublicationRefused, match="demonstration"):
        news(root)
    texts = news(root, demonstration=True)
    assert set(texts) == {"SYNTHETIC-news.md", "SYNTHETIC-news.html"}
    assert all("DEMONSTRATION: every answer is invented." in text for text in texts.values())


def test_the_language_is_that_of_the_published_report(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    findings(root, "ACC-03")
    with pytest.raises(EvidenceError, match="another language"):
        write_news(load_params("land", root), root, "tr")


def test_without_a_key_finding_there_is_no_news(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    findings(root, "ACC-03", key=False)
    with pytest.raises(PublicationRefused, match="no key finding"):
        news(root)
