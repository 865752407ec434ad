"""Small coded projects for the tests of the room `qualitative`; every text is invented."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pandas as pd

from digicit_lib.qualitative import Project

FGD = ("reference", "qualitative", "projects", "fgd")


def fgd_folder(shared: Path) -> Path:
    return shared.joinpath(*FGD)


def truth(shared: Path) -> pd.DataFrame:
    """102 codings of the reference set with code point, UTF-16 and UTF-8 positions and the quote."""
    return pd.read_csv(fgd_folder(shared) / "codings_truth.csv")


def fgd_texts(shared: Path) -> dict[str, str]:
    return {
        p.stem: p.read_text(encoding="utf-8")
        for p in sorted((fgd_folder(shared) / "transcripts").glob("*.txt"))
    }


def fgd_paths(shared: Path) -> dict[str, str]:
    """Code name to path, from Taguette's codebook."""
    tags = pd.read_csv(fgd_folder(shared) / "taguette_codebook.csv")["tag"]
    return {tag.split(".", 1)[1]: tag.replace(".", "/", 1) for tag in tags if "." in tag}


def fgd(shared: Path) -> Project:
    """The reference project made from its truth file."""
    rows, paths = truth(shared), fgd_paths(shared)
    rows = rows.assign(source=rows["document"], code=rows["code"].map(paths))
    segments = rows[["source", "start", "end", "code", "coder"]]
    people = pd.read_csv(fgd_folder(shared) / "participants.csv")
    people = people.rename(columns={"document": "source", "pid": "case", "session_id": "source"})
    if "case" not in people:
        people["case"] = people["source"] + "/" + people["speaker"]
    codes = [{"code": path} for path in paths.values()]
    return Project.build(fgd_texts(shared), segments, codes, cases=people)


def spans(project: Project) -> set[tuple[Any, ...]]:
    """Source, coder, code name and exact words of each text segment."""
    rows = project.segments[project.segments["kind"] == "text"]
    return {
        (s, coder, code.split("/")[-1], project.texts[s][a:b])
        for s, a, b, code, coder in zip(
            *(rows[c] for c in ("source", "start", "end", "code", "coder")), strict=True
        )
    }


def true_spans(shared: Path) -> set[tuple[Any, ...]]:
    return set(truth(shared)[["document", "coder", "code", "quote"]].itertuples(index=False, name=None))


def qde(
    selections: Mapping[str, Sequence[tuple[object, object, str]]],
    *,
    paths: Mapping[str, str] | None = None,
    codes: str = '<Code guid="c1" name="one" isCodable="true"/>',
    head: str = "",
    tail: str = "",
) -> str:
    """A project file: by source, selections of (start, end, name), all coded with c1."""
    paths = paths or {}
    sources = "".join(
        f'<TextSource guid="s-{s}" name="{s}.txt" plainTextPath="{paths.get(s, f"internal://{s}.txt")}">'
        + "".join(
            f'<PlainTextSelection guid="p-{s}-{i}" startPosition="{a}" endPosition="{b}" '
            f'name={quoteattr(name)}><Coding guid="k-{s}-{i}" creatingUser="u1"><CodeRef targetGUID="c1"/>'
            "</Coding></PlainTextSelection>"
            for i, (a, b, name) in enumerate(rows)
        )
        + "</TextSource>"
        for s, rows in selections.items()
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{head}'
        '<Project xmlns="urn:QDA-XML:project:1.0" origin="a test" '
        'basePath="/home/someone"><Users><User guid="u1" name="A"/></Users>'
        f"<CodeBook><Codes>{codes}</Codes></CodeBook><Sources>{sources}</Sources>{tail}</Project>"
    )


def qdpx(path: Path, project: str | bytes, texts: Mapping[str, bytes] | None = None) -> Path:
    """An archive with a project file and texts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", project)
        for name, data in (texts or {}).items():
            archive.writestr(f"sources/{name}.txt", data)
    return path


def study(**changes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Tables in our own shape: two groups of three girls, one approved quotation each."""
    return _study(**changes) if changes else {name: table.copy() for name, table in _plain_study().items()}


@cache
def _plain_study() -> dict[str, pd.DataFrame]:
    return _study()


def _study(**changes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    from digicit_lib.qualitative import draft_reviews, read_table

    said = {
        ("G1", 1, "MOD"): "What do you do when a message bothers you?",
        ("G1", 2, "G1-1"): "I block them and then I tell my sister, because she knows what to do.",
        ("G1", 3, "G1-2"): "I ignore it.",
        ("G2", 1, "MOD"): "And you?",
        ("G2", 2, "G2-1"): "We talk about it in the break, that helps more than any rule at home.",
        ("G2", 3, "G2-3"): "Nobody asked us before the rules were made.",
    }
    people = [f"{g}-{n}" for g in ("G1", "G2") for n in (1, 2, 3)]
    keys = ["session_id", "turn_start", "char_start", "turn_end", "char_end", "code"]
    marks = [
        ("G1", 2, 0, 12, "block"),
        ("G1", 2, 22, 40, "tell"),
        ("G2", 2, 0, 32, "talk"),
        ("G2", 3, 0, 43, "heard"),
    ]
    rows = [dict(zip(keys, (s, t, a, t, b, code), strict=True)) for s, t, a, b, code in marks]
    tables = {
        "participants": pd.DataFrame(
            {
                "pid": people,
                "session_id": [p[:2] for p in people],
                "role": "child",
                "sex": "girl",
                "age_band": "12-14",
                "area": "urban",
                "quote_ok": "yes",
                "consent_carer": "yes",
                "assent_child": "yes",
            }
        ),
        "sessions": pd.DataFrame(
            {
                "session_id": ["G1", "G2"],
                "type": "focus group",
                "date_month": ["2026-02", "2026-01"],
                "moderator_id": "MOD",
                "language": "en",
                "n_present": 3,
            }
        ),
        "transcripts": pd.DataFrame(
            [(*key, "en", text) for key, text in said.items()],
            columns=["session_id", "turn", "pid", "lang", "text"],
        ),
        "codebook": pd.DataFrame(
            {
                "code": ["block", "tell", "talk", "heard"],
                "theme": ["help", "help", "help", "rights"],
                "indicator_ids": ["COP-01", "COP-02", "", "ACC-03; ACC-04"],
            }
        ),
        "codings": pd.concat([pd.DataFrame(rows).assign(coder_id=c) for c in ("A", "B")]),
        "quotations": pd.DataFrame(rows).assign(
            approved="yes", approved_by="R1", text_en="", translator="", negative=""
        ),
    }
    tables |= changes
    if "reviews" not in tables:
        signed = {"reviewer": "R1", "signed_on": "2026-03-01", "safeguarding": "no"}
        tables["reviews"] = draft_reviews(read_table(tables)).assign(**signed)
    return tables


# --- names: said, and what a roster calls them ---------------------------------------------------------

# Names planted in the reference set's six transcripts, as said there: source, words.
FGD_NAMES = [
    ("RU_FGD1_girls_12-14", "Наташа"),
    ("RU_FGD1_girls_12-14", "Лебедева"),
    ("RU_FGD1_girls_12-14", "Мария Петровна"),
    ("RU_FGD2_boys_15-17", "Диме"),
    ("TR_FGD1_girls_12-14", "Ayşe Hanım"),
    ("TR_FGD1_girls_12-14", "Zeynep"),
    ("TR_FGD2_boys_15-17", "IŞIK"),
    ("UK_FGD1_mixed_12-14", "Оксана"),
]
FGD_ROSTER = """real,pseudonym,kind,lang,aliases
Наташа Лебедева,Алина Орлова,name,ru,
Мария Петровна,Ольга Ивановна,name,ru,
Дима,Кирилл,name,ru,Дмитрий
Ayşe Hanım,<NAME4>,name,tr,
Zeynep,Elif,name,tr,
Işık,Can,name,tr,
Оксана,Леся,name,uk,
"""
# Said for this test, not by the generator: letters, chat, interviews. Real name in the roster -> said as.
TALK = {
    "ru": (
        "P1: Вчера мы с Алёной ходили к Игорю. Потом Алёна позвонила Игорю Сергеевичу.\n"
        "P2: алёнка не ходила, это игорь ходил! Спроси у Павла, Павел знает, с Павлом были.\n"
        "P3: Андрей Фёдоров из 9А — друг Андрея Фёдорова? "
        "Живёт на улице Лесная, 5, его номер 8-912-000-00-00.\n"
        "P1: Дарья дала Дарье книгу, с Дарьей поспорили о Дарье. Юля, Юли, Юлю, Юлей. Света включила свет.",
        {
            "Алёна": ["Алёной", "Алёна", "алёнка"],
            "Игорь Сергеевич": ["Игорю", "Сергеевичу", "игорь"],
            "Павел": ["Павла", "Павел", "Павлом"],
            "Андрей Фёдоров": ["Андрей", "Фёдоров", "Андрея", "Фёдорова"],
            "Дарья": ["Дарья", "Дарье", "Дарьей"],
            "Юля": ["Юля", "Юли", "Юлю", "Юлей"],
        },
        {"Алёна": "Алёнка"},
    ),
    "uk": (
        "P1: Учора Олена зателефонувала Олені, а Сергій розповів Сергієві про Оленку.\n"
        "P2: Ми були в Михайла, з Михайлом, дали Михайлові. Наталко, ходи сюди! Без Наталки нудно.\n"
        "P3: Мар'яна Ковальчук з 8-А написала Мар’яні, бо Мар'яну не взяли. Телефон 050 000 00 00.\n"
        "P1: Дмитро? Дмитра немає, я дав Дмитру зошит, а з Дмитром ще ні.",
        {
            "Олена": ["Олена", "Олені"],
            "Сергій": ["Сергій", "Сергієві"],
            "Михайло": ["Михайла", "Михайлом", "Михайлові"],
            "Наталка": ["Наталко", "Наталки"],
            "Мар'яна Ковальчук": ["Мар'яна", "Ковальчук", "Мар’яні", "Мар'яну"],
            "Дмитро": ["Дмитро", "Дмитра", "Дмитру", "Дмитром"],
        },
        {},
    ),
    "tr": (
        "P1: Dün İrem'le konuştum, İrem bana Mehmet’in numarasını verdi: 0532 000 00 00.\n"
        "P2: mehmet gelmedi. Mehmetlere gittik, Mehmet'ten haber yok. "
        "Şule Öğretmen kızdı, Şule öğretmene sorduk.\n"
        "P3: Oğuzhan'a sor, Oğuzhanı gördüm. Iğdır Caddesi'nde oturuyor, 6-C sınıfında.\n"
        "P1: İREM dedi ki Yusuf'lar taşınmış, Yusuf'un evi boş.",
        {
            "İrem": ["İrem'le", "İrem", "İREM"],
            "Mehmet": ["Mehmet’in", "mehmet", "Mehmetlere", "Mehmet'ten"],
            "Şule": ["Şule"],
            "Oğuzhan": ["Oğuzhan'a", "Oğuzhanı"],
            "Yusuf": ["Yusuf'lar", "Yusuf'un"],
        },
        {},
    ),
    "en": (
        "P1: I told Charlotte's mum. Charlotte was with Oliver Grant at Greenfield Primary School.\n"
        "P2: oliver said nothing. Mr Grant asked Priya, and Priya’s friend wrote to priya.k@example.org.\n"
        "P3: Ask Henry! The Grants live in Mill Lane, Henry's in class 7B.",
        {
            "Charlotte": ["Charlotte's", "Charlotte"],
            "Oliver Grant": ["Oliver", "Grant", "oliver"],
            "Priya": ["Priya", "Priya’s"],
            "Henry": ["Henry", "Henry's"],
        },
        {},
    ),
}
