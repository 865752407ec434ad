"""A small project with published evidence, real or invented, for tests of products: no survey is opened."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pandas as pd

from digicit_lib.codebook import catalogue
from digicit_lib.evidence import Evidence
from digicit_lib.evidence.store import row_dicts
from digicit_lib.exhibits.blocks import MIME
from digicit_lib.params import PHASES
from digicit_lib.products.gate import value_hash
from digicit_lib.workbook import statements

THEME = "Being heard"
SURVEY = {
    "observed": "survey: {kind: microdata, instrument: pisa2018, files: [{name: a.parquet}]}",
    "synthetic": "survey: {kind: synthetic, seed: 1}",
}
PARAMS = """study: {{country: {country}, date: 2026-11-01, title: A study, wave: 2026, languages: [en]}}
population: {{ages: [9, 17], base: children aged 9 to 17}}
data:
  {survey}
disclosure: {{limits: nothing on causes}}
"""


def project(
    root: Path, kind: str = "observed", studies: dict[str, str] | None = None, names: tuple[str, ...] = ()
) -> Path:
    """A project folder; `studies` maps slugs to countries, `names` are the indicators measured (all)."""
    return _put(root, _project(kind, tuple((studies or {"land": "TUR"}).items()), names))


def _put(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def _taken(root: Path) -> dict[str, bytes]:
    files = (file for file in root.rglob("*") if file.is_file())
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


@cache
def _project(kind: str, studies: tuple[tuple[str, str], ...], names: tuple[str, ...]) -> dict[str, bytes]:
    """The files of a project, made once: most tests begin with the same."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "params").mkdir()
        (root / "pyproject.toml").write_text("")
        (root / "params" / "defaults.yaml").write_text("analysis: {confidence_level: 0.95}\n")
        for slug, country in studies:
            text = PARAMS.format(country=country, survey=SURVEY[kind])
            (root / "params" / f"{slug}.yaml").write_text(text)
            publish(root, slug, survey(kind, names=names))
        return _taken(root)


def survey(kind: str, shift: float = 0.0, names: tuple[str, ...] = ()) -> pd.DataFrame:
    """Every indicator for all and by age group; values differ, nothing is hidden."""
    groups = [("", ""), *(("age_group", level) for level in ("9-11", "12-14", "15-17"))]
    rows = []
    for i, one in enumerate(i for i in catalogue().values() if not names or i.id in names):
        share = one.type == "share"
        estimate = 0.2 + 0.5 * (i % 10) / 10 + shift if share else 50.0
        width = 0.03 if share else 2.0
        facts = {"indicator": one.id, "title": one.title, "statistic": "share" if share else "mean"}
        facts |= {
            "unit": "share" if share else "score 0-100",
            "base": one.base_text,
            "question": one.question,
        }
        facts |= {"definition_sha": one.definition_sha, "data_kind": kind, "source": "A survey, 2026"}
        numbers = {
            "estimate": estimate,
            "se": width / 2,
            "ci_low": estimate - width,
            "ci_high": estimate + width,
        }
        numbers |= {"n": 900, "df": 60.0, "confidence_level": 0.95}
        rows += [facts | numbers | {"by": by, "level": level, "quality": "ok"} for by, level in groups]
    return pd.DataFrame(rows)


def publish(
    root: Path, slug: str, rows: pd.DataFrame, phase: str = "quantitative", kind: str = "estimate"
) -> None:
    """Write evidence as a run would."""
    store = Evidence(slug, phase)
    store.add(rows, kind=kind)
    store.save(root / "outputs" / slug / phase)


def change(root: Path, name: str, slug: str = "land", **values: Any) -> None:
    """Alter the published number of an indicator for everyone."""
    path = root / "outputs" / slug / "quantitative" / "evidence.parquet"
    frame = pd.read_parquet(path)
    chosen = (frame["indicator"] == name) & (frame["by"] == "")
    for name, value in values.items():
        frame.loc[chosen, name] = value
    frame.to_parquet(path, index=False)


def sign(root: Path, slug: str = "land", name: str = "A. Person") -> None:
    """A person signs every number that a study has published."""
    lines = ["signoffs:"]
    files = {phase: root / "outputs" / slug / phase / "evidence.parquet" for phase in PHASES}
    for phase in (phase for phase, file in files.items() if file.is_file()):
        for evidence_id, value in _values(files[phase].read_bytes(), slug, phase):
            lines.append(f"  {evidence_id}: {{name: {name}, date: 2026-10-01, value: {value}}}")
    (root / "params" / f"{slug}.review.yaml").write_text("\n".join(lines) + "\n")


@cache
def _values(rows: bytes, slug: str, phase: str) -> list[tuple[str, str]]:
    """What is signed of a file of evidence: each id and the hash of its value."""
    store = Evidence(slug, phase)
    store.rows = {str(row["id"]): row for row in row_dicts(pd.read_parquet(io.BytesIO(rows)))}
    return [(name, value_hash(store[name])) for name in store.rows]


def voices(root: Path, slug: str = "land", invented: bool = False) -> None:
    """Publish a theme, its quotations and the checklist of law."""
    _put(root, _voices(slug, invented))


@cache
def _voices(slug: str, invented: bool) -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        _publish_voices(Path(folder), slug, invented)
        return _taken(Path(folder))


def _publish_voices(root: Path, slug: str, invented: bool) -> None:
    counts = {"groups": 3.0, "raised": 4.0}
    facts = {"indicator": "T-being-heard", "title": THEME, "unit": "groups", "quality": "ok"}
    rows = [facts | {"statistic": key, "estimate": n} for key, n in counts.items()]
    kind = "synthetic" if invented else "observed"
    publish(root, slug, pd.DataFrame(rows).assign(data_kind=kind), "qualitative", "theme")
    quote = {
        "kind": "quotation",
        "theme": THEME,
        "indicators": ["RGT-04", "COP-04"],
        "articles": [12],
        "lang": "tr",
    }
    quote |= {"translator": "T1", "synthetic": invented, "role": "child", "attribution": "girl, 12-14, urban"}
    told = [
        quote
        | {
            "id": f"{slug}/qualitative/quotation/{code}",
            "code": code,
            "label": code.capitalize(),
            "text": f"Bizi {code} dinleyin",
            "translation": f"Listen to us on {code}",
        }
        for code in ("heard", "learning", "silence", "blocking", "friends", "rules", "adults")
    ]
    folder = root / "outputs" / slug
    (folder / "qualitative" / statements.FILE).write_bytes(statements.as_file(told))
    item = pd.DataFrame({"item": range(1, 31), "title": "A duty", "norm": "GC25 44", "crc": [[12]] * 30})
    law = item.assign(
        answer="yes", status="verified", citation="Law", verified_by="B. Lawyer", verified_on="2026-09-01"
    )
    law.loc[law["item"] == 20, "verified_by"] = ""
    count = pd.DataFrame(
        [
            {
                "indicator": "LEGAL.items",
                "statistic": "value",
                "estimate": 30.0,
                "unit": "count",
                "quality": "ok",
            }
        ]
    )
    publish(root, slug, count, "exploratory", "source")
    (folder / "exploratory" / statements.FILE).write_bytes(statements.as_file(statements.laws(law, slug)))


def template(root: Path, name: str, text: str) -> Path:
    """A product's own text."""
    path = root / "params" / "products" / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def shipped(name: str) -> str:
    """The text of a template that ships."""
    from digicit_lib.products.templates import SHIPPED

    return (SHIPPED / f"{name}.md").read_text(encoding="utf-8")


@contextmanager
def captured() -> Iterator[list[dict[str, Any]]]:
    """What is displayed, as the outputs of a cell."""
    outputs: list[dict[str, Any]] = []

    def display(data: dict[str, Any], metadata: dict[str, Any] | None = None, raw: bool = False) -> None:
        outputs.append({"output_type": "display_data", "data": data, "metadata": metadata or {}})

    with patch("IPython.display.display", display):
        yield outputs


def shown(run: Callable[[], object]) -> list[dict[str, Any]]:
    """The blocks that a call shows; prose as blocks of kind prose."""
    with captured() as outputs:
        run()
    prose = "text/markdown"
    return [
        o["data"][MIME] if MIME in o["data"] else {"kind": "prose", "text": o["data"].get(prose, "")}
        for o in outputs
    ]


def words(blocks: list[dict[str, Any]]) -> str:
    """All sentences and prose as one text."""
    stream = io.StringIO()
    for block in blocks:
        parts = block.get("parts") or [block.get("text", "")]
        stream.write("".join(p if isinstance(p, str) else p["text"] for p in parts) + "\n")
    return stream.getvalue()
