"""Questionnaires as codebooks: labels, answers, languages and skips for a file that holds codes alone.

An XLSForm (KoBo, ODK, SurveyCTO), a LimeSurvey structure (`.lss`), a Qualtrics survey (`.qsf`), a DDI
codebook (`.xml`) or a sheet with a column of names and one of labels.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from digicit_lib.codebook import canonical, column_name
from digicit_lib.data.encodings import encoding_of, in_utf8
from digicit_lib.data.layout import Layout, text_layout, text_records
from digicit_lib.data.raw import Raw
from digicit_lib.errors import DataError
from digicit_lib.safe import refuse_bomb

TEXTS = (".csv", ".tsv", ".txt")
SHEETS = (".xlsx", ".xlsm", *TEXTS)
FORMATS = (*SHEETS, ".lss", ".qsf", ".xml")
# `${q1} = '1'`, `selected(${q1}, 'a')`, `not(selected(…))`; LimeSurvey's `q1.NAOK == "A1"`
CONDITION = re.compile(
    r"""(?P<no>\bnot\s*\(\s*selected\s*\(\s*|!\s*selected\s*\(\s*)?"""
    r"""(?:\$\{(\w+)\}|(?<![.\w])([A-Za-z]\w*)(?:\.(?:NAOK|code))?(?=\s*!?=))\s*"""
    r"""(?P<how>={1,2}|!=|,)\s*["']?([\w.-]*)""",
    re.I,
)
EITHER = re.compile(r"\bor\b|\|\|", re.I)
UNCLEAR = re.compile(
    r"[<>]|!(?!=|\s*selected|is_empty)|\bnot\b(?!\s*\(\s*selected)"
    r"|\bnot\s*\(\s*selected\s*\([^()]*\)\s*(?:and|or)\b",
    re.I,
)
OTHERS = re.compile(r"\$\{|\.NAOK|[<>]", re.I)  # a question beside those whose answers are named
LOCATOR = re.compile(r"q://(QID\w+)/SelectableChoice/(\w+)")
ANSWER = re.compile(r"[\s,]*([^=:;|,]+?)\s*[=:]\s*((?:[^;|,]|,(?!\s*-?\w{1,4}\s*[=:]))+)")
# `1. Yes`, `1) Yes`, `1 - Yes`, which say `1 = Yes`
NUMBER = re.compile(r"((?:^|[;|,])\s*-?(?:\d{1,4}|[A-Za-z]\d{1,3}))(?:[).]|\s+[-–—])\s+")


@dataclass(frozen=True)
class Skip:
    """Who is asked a question: those who gave one of the answers to another, or any but these."""

    name: str
    answers: tuple[str, ...]
    but: bool = False


@dataclass(frozen=True)
class Question:
    """One question: its text, its answers by code, whether several may be ticked, and who was asked."""

    name: str
    text: str
    answers: dict[str, str] = field(default_factory=dict)
    several: bool = False
    base: Skip | None = None


def label_columns(raw: Raw, path: Path) -> Raw:
    """The columns of a file with the labels, answers and bases of its questionnaire.

    A question is found by its name; a column of a multiple choice (`question/option`) gets both texts.

    Raises
    ------
    DataError
        The questionnaire cannot be read, or none of its questions is a column of the file.
    """
    by_name = {question.name.casefold(): question for question in questions(path)}
    labels, values, bases = dict(raw.labels), dict(raw.values), dict(raw.bases)
    columns = [str(name) for name in raw.frame.columns]
    last = {name: name.rpartition("/")[2].casefold() for name in columns}
    places = {part: name for name, part in reversed(last.items())}
    for column in columns:
        question = by_name.get(column.casefold()) or by_name.get(last[column])
        option = by_name.get(column.rpartition("/")[0].rpartition("/")[2].casefold())
        if question:
            labels[column], values[column] = question.text, {**question.answers, **raw.values.get(column, {})}
        elif option and option.several:
            labels[column] = f"{option.text}: {option.answers.get(canonical(last[column]), last[column])}"
        skip = (question or option or Question("", "")).base
        if skip and (base := _let_through(skip, by_name.get(skip.name), places, columns)):
            bases[column] = base
    if labels == raw.labels:
        what = "No question of the questionnaire is a column of the file."
        hint = "export the answers with the questions' codes (XML values, export tags) as headers"
        raise DataError(what, where=path.name, next=hint)
    answers_of = {column: answers for column, answers in values.items() if answers}
    return replace(raw, labels=labels, values=answers_of, bases=bases)


def _let_through(
    skip: Skip, first: Question | None, places: Mapping[str, str], columns: Sequence[str]
) -> tuple[str, tuple[str, ...]] | None:
    """The column on which a question rests, with the answers that lead to it."""
    if first and first.several:
        option = f"/{skip.name}/{skip.answers[0]}".casefold()
        ticked = (name for name in columns if f"/{name}".casefold().endswith(option))
        column = next(ticked, "") if len(skip.answers) == 1 and not skip.but else ""
        return (column, ("1",)) if column else None
    answers = skip.answers
    if skip.but:
        answers = tuple(code for code in (first.answers if first else ()) if code not in skip.answers)
    return (places[skip.name], answers) if skip.name in places and answers else None


def questions(path: Path) -> list[Question]:
    """The questions of a questionnaire, in its order.

    Raises
    ------
    DataError
        An unknown format, or a file that is none of its kind.
    """
    readers = {".lss": _limesurvey, ".qsf": _qualtrics, ".xml": _ddi} | dict.fromkeys(SHEETS, _workbook)
    reader = readers.get(path.suffix.lower())
    if reader is None:
        allowed = ", ".join(FORMATS)
        raise DataError(
            "Unknown format of a questionnaire.", where=path.name, got=path.suffix, allowed=allowed
        )
    try:
        listing = list(reader(path))
    except (KeyError, ValueError, TypeError, AttributeError, ElementTree.ParseError) as error:
        kind = type(error).__name__
        raise DataError("The questionnaire cannot be read.", where=path.name, got=kind) from None
    if not listing:
        raise DataError("The questionnaire has no questions.", where=path.name)
    return listing


def without_markup(text: object) -> str:
    """A question's text without markup.

    Examples
    --------
    >>> without_markup("<p>Do you&nbsp;go <b>online</b>?</p>")
    'Do you go online?'
    """
    return column_name(unescape(re.sub(r"<[^>]*>", " ", str(text)))).replace(" ?", "?")


def _workbook(path: Path) -> Iterator[Question]:
    """An XLSForm where the sheets are named so, else a sheet with names and labels."""
    options: dict[str, Any] = {"dtype": str, "keep_default_na": False}
    if path.suffix.lower() in TEXTS:
        data = path.read_bytes()
        text = in_utf8(data, encoding_of(data, path.name), path.name).decode("utf-8-sig")
        rows = list(text_records(text, text_layout(text, Layout()).delimiter))
        widest = max(map(len, rows), default=0)
        cells = [[*row, *[""] * (widest - len(row))] for row in rows[1:] if any(row)]
        yield from _two_columns(pd.DataFrame(cells))
        return
    refuse_bomb(path, DataError)
    sheets = {str(n).lower(): frame for n, frame in pd.read_excel(path, sheet_name=None, **options).items()}
    if "survey" in sheets:
        settings = sheets.get("settings", pd.DataFrame()).get("default_language", pd.Series([""]))
        language = "".join(map(str, settings[:1]))
        yield from _xlsform(sheets["survey"], sheets.get("choices", pd.DataFrame()), language)
    else:
        yield from _two_columns(next(iter(sheets.values())))


def _label(frame: pd.DataFrame, language: str) -> str:
    """The label column: the plain one, else that of the form's default language, else the first."""
    labels = [c for c in frame.columns if str(c).lower().startswith("label")]
    plain = (c for c in labels if str(c).lower() == "label")
    return next(plain, "") or next((c for c in labels if language and c.endswith(language)), labels[0])


def _condition(when: str) -> Skip | None:
    """The question on which another rests, with its answers; nothing where several questions let through."""
    unclear = UNCLEAR.search(re.sub(r"\$\{\w+\}\s*[<>]=?\s*\d+", "", when))
    hits = list(CONDITION.finditer(when))
    if unclear or not hits:
        return None
    of = [(hit[2] or hit[3]).casefold() for hit in hits]
    kinds = {bool(hit["no"]) or hit["how"] == "!=" for hit in hits}
    mixed = len({*of}) > 1 or True in kinds or re.search(r"\band\b|&&", when, re.I)
    if EITHER.search(when) and (mixed or OTHERS.search(CONDITION.sub("", when))):
        return None
    last = [hit for hit, name in zip(hits, of, strict=True) if name == of[-1]]
    but = [bool(hit["no"]) or hit["how"] == "!=" for hit in last]
    given = [hit for hit, refused in zip(last, but, strict=True) if not refused]
    answers = tuple(dict.fromkeys(canonical(hit[5]) for hit in given or last))
    return Skip(of[-1], answers, but=not given)


def _xlsform(survey: pd.DataFrame, choices: pd.DataFrame, language: str) -> Iterator[Question]:
    lists: dict[str, dict[str, str]] = {}
    if len(choices):
        key = "list_name" if "list_name" in choices else "list name"
        for listed, name, text in choices[[key, "name", _label(choices, language)]].itertuples(index=False):
            lists.setdefault(listed.strip(), {})[canonical(name)] = without_markup(text)
    text = _label(survey, language)
    relevant = survey["relevant"] if "relevant" in survey else [""] * len(survey)
    groups: list[Skip | None] = []  # a question rests on what its group rests on
    for kind, name, label, when in zip(survey["type"], survey["name"], survey[text], relevant, strict=True):
        kind = kind.strip().replace(" group", "_group").replace(" repeat", "_repeat")
        first, _, listed = kind.partition(" ")
        if first.startswith("begin_"):
            groups.append(_condition(when) or (groups[-1] if groups else None))
        elif first.startswith("end_"):
            del groups[-1:]
        elif name and label and first != "note":
            base = _condition(when) or (groups[-1] if groups else None)
            answers = lists.get(listed.split(" ")[0], {})
            yield Question(name, without_markup(label), answers, first == "select_multiple", base)


def _two_columns(frame: pd.DataFrame) -> Iterator[Question]:
    """Names, labels, and answers as `1 = Yes; 2 = No` in a third column, where there is one."""
    for row in frame.itertuples(index=False):
        name, label, *rest = (str(cell).strip() for cell in row)
        listed = NUMBER.sub(r"\1=", ";".join(rest[:1]).replace("\n", ";"))
        answers = {canonical(code): without_markup(text) for code, text in ANSWER.findall(listed)}
        if name and label:
            yield Question(name, without_markup(label), answers)


def _tree(path: Path) -> ElementTree.Element:
    data = path.read_bytes()
    if b"<!ENTITY" in data:
        raise ValueError("entities")  # they expand without bound
    root = ElementTree.fromstring(data)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _rows(root: ElementTree.Element, table: str) -> Iterator[dict[str, str]]:
    for row in root.iterfind(f"{table}/rows/row"):
        yield {field.tag: field.text or "" for field in row}


def _limesurvey(path: Path) -> Iterator[Question]:
    root = _tree(path)
    texts = {row["qid"]: row["question"] for row in reversed(list(_rows(root, "question_l10ns")))}
    answer_texts = {row["aid"]: row["answer"] for row in reversed(list(_rows(root, "answer_l10ns")))}
    answers: dict[str, dict[str, str]] = {}
    for row in _rows(root, "answers"):
        text = answer_texts.get(row.get("aid", ""), row.get("answer", ""))
        answers.setdefault(row["qid"], {})[canonical(row["code"])] = without_markup(text)
    by_id = {row["qid"]: row for table in ("questions", "subquestions") for row in _rows(root, table)}
    titles = {qid: row["title"] for qid, row in by_id.items()}

    def by_title(when: str) -> str:  # older conditions name survey, group and question: 123X4X56
        return re.sub(r"\b\d+X\d+X(\d+)", lambda hit: titles.get(hit[1], hit[0]), when)

    for qid, row in by_id.items():
        text = without_markup(texts.get(qid, row.get("question", "")))
        parent = by_id.get(row.get("parent_qid", "0"))
        if parent is None:
            labels = answers.get(qid, _yes_no(row.get("type", "")))
            yield Question(row["title"], text, labels, base=_condition(by_title(row.get("relevance", ""))))
        else:
            whole = without_markup(texts.get(parent["qid"], parent.get("question", "")))
            options = answers.get(parent["qid"], {})
            for name in (f"{parent['title']}[{row['title']}]", f"{parent['title']}_{row['title']}"):
                yield Question(name, f"{whole}: {text}", options)


def _yes_no(kind: str) -> dict[str, str]:
    return {"Y": "Yes", "N": "No"} if kind == "Y" else {}


def _qualtrics(path: Path) -> Iterator[Question]:
    data = json.loads(path.read_text(encoding="utf-8"))
    elements = [element for element in data["SurveyElements"] if element.get("Element") == "SQ"]
    payloads = [e["Payload"] for e in elements if isinstance(e.get("Payload"), Mapping)]
    by_id = {payload.get("QuestionID", ""): payload for payload in payloads}
    for payload in payloads:
        base = _shown_after(json.dumps(payload.get("DisplayLogic", "")), by_id)
        yield from (replace(question, base=base) for question in _qualtrics_question(payload))


def _shown_after(logic: str, by_id: Mapping[str, Mapping[str, Any]]) -> Skip | None:
    """The question and the one choice after which Qualtrics shows another."""
    places, operators = set(LOCATOR.findall(logic)), set(re.findall(r'"Operator": "(\w+)"', logic))
    if len(places) != 1 or operators != {"Selected"}:
        return None
    question, choice = places.pop()
    first = by_id.get(question, {})
    codes = first.get("RecodeValues") or {}
    return Skip(str(first.get("DataExportTag", "")).casefold(), (canonical(codes.get(choice, choice)),))


def _qualtrics_question(payload: Mapping[str, Any]) -> Iterator[Question]:
    codes, choices = payload.get("RecodeValues") or {}, _pairs(payload.get("Choices"))
    displays = {key: without_markup(choice["Display"]) for key, choice in choices}
    name, text = payload["DataExportTag"], without_markup(payload["QuestionText"])
    if payload.get("QuestionType") == "Matrix":
        scale = {
            canonical(codes.get(key, key)): without_markup(answer["Display"])
            for key, answer in _pairs(payload.get("Answers"))
        }
        for key, item in displays.items():
            yield Question(f"{name}_{key}", f"{text}: {item}", scale)
        return
    several = payload.get("Selector", "").startswith("MA")
    yield Question(name, text, {canonical(codes.get(k, k)): label for k, label in displays.items()}, several)


def _pairs(choices: Any) -> Sequence[tuple[str, Any]]:
    """Choices by key; Qualtrics writes a list where the keys are 0, 1, 2."""
    if isinstance(choices, Mapping):
        return [(str(key), choice) for key, choice in choices.items()]
    return [(str(i), choice) for i, choice in enumerate(choices or [])]


def _ddi(path: Path) -> Iterator[Question]:
    for variable in _tree(path).iter("var"):
        literal = variable.findtext("qstn/qstnLit") or variable.findtext("labl") or ""
        answers = {
            canonical(category.findtext("catValu") or ""): without_markup(category.findtext("labl") or "")
            for category in variable.iterfind("catgry")
            if category.findtext("labl")
        }
        yield Question(variable.attrib["name"], without_markup(literal), answers)
