"""Text and Excel files as programs write them: every shape gives the same table as the plain one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from digicit_lib.data.encodings import encoding_of
from digicit_lib.data.files import header, read_columns
from digicit_lib.data.layout import Layout, text_layout
from digicit_lib.data.propose import propose
from digicit_lib.errors import DataError

WORDS = {
    "en": ("Do you go online?", "Yes", "No", "I'd rather not say"),
    "ru": ("Пользуешься ли ты интернетом?", "Да", "Нет", "Не хочу отвечать"),
    "uk": ("Чи користуєшся ти інтернетом?", "Так", "Ні", "Не хочу відповідати"),
    "tr": ("İnternete giriyor musun?", "Evet", "Hayır", "Söylemek istemiyorum, şimdi değil"),
}


def table(lang: str = "en") -> pd.DataFrame:
    """Thirty rows: an id, a weight, an age and a question, in a language."""
    question, *answers = WORDS[lang]
    rows = range(30)
    told = [answers[i % 3] for i in rows]
    return pd.DataFrame(
        {
            "id": list(rows),
            "weight": [0.5 + i / 8 for i in rows],
            "age": [9 + i % 9 for i in rows],
            question: told,
        }
    )


def check(path: Path, lang: str = "en", layout: Layout | None = None) -> None:
    frame = read_columns(path, ["weight", "age", WORDS[lang][0]], layout).frame
    assert frame["weight"].astype(float).tolist() == table()["weight"].tolist()
    assert frame[WORDS[lang][0]].astype(str).tolist() == table(lang)[WORDS[lang][0]].tolist()


@pytest.mark.parametrize(
    ("lang", "encoding"),
    [
        ("en", "utf-8"),
        ("ru", "utf-8-sig"),
        ("tr", "utf-16"),
        ("ru", "utf-16-le"),
        ("ru", "cp1251"),
        ("ru", "koi8-r"),
        ("ru", "cp866"),
        ("uk", "cp1251"),
        ("uk", "koi8-u"),
        ("uk", "utf-16-be"),
        ("tr", "cp1254"),
        ("tr", "iso8859-9"),
    ],
)
@pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), (";", ","), ("\t", ","), ("|", ".")])
def test_every_encoding_delimiter_and_decimal_mark(
    lang: str, encoding: str, delimiter: str, decimal: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    table(lang).to_csv(path, index=False, sep=delimiter, decimal=decimal, encoding=encoding)
    check(path, lang)


SHAPES: dict[str, Callable[[pd.DataFrame], str]] = {
    "row numbers without a name": lambda t: t.to_csv(),
    "R's write.table, whose header is short by one": lambda t: t.to_csv().removeprefix(","),
    "a delimiter at the end of rows": lambda t: "\n".join(
        line + "," * bool(i) for i, line in enumerate(t.to_csv(index=False).strip().split("\n"))
    ),
    "sep= line": lambda t: "sep=,\n" + t.to_csv(index=False),
    "title rows": lambda t: "Survey of children,,,\n,,,\n" + t.to_csv(index=False),
    "title row that is short": lambda t: "Survey of children\n\n" + t.to_csv(index=False),
    "a total below": lambda t: f"{t.to_csv(index=False)}Total{',' * (t.shape[1] - 1)}400\n",
    "line breaks in answers": lambda t: t.assign(why="a\nb, c").to_csv(index=False),
    "Windows line ends": lambda t: t.to_csv(index=False, lineterminator="\r\n"),
    "quoted throughout": lambda t: t.to_csv(index=False, quoting=1),
    "labels below the names": lambda t: qualtrics(t, 1),
    "labels and import ids": lambda t: qualtrics(t, 2),
}


def qualtrics(frame: pd.DataFrame, rows: int) -> str:
    texts = pd.DataFrame(
        [[f"Text of {name}" for name in frame], ['{"ImportId":"Q"}' for _ in frame]], columns=frame.columns
    )
    return pd.concat([texts.head(rows), frame]).to_csv(index=False)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_text(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(SHAPES[shape](table()), encoding="utf-8")
    check(path)


def test_a_total_below_a_sheet_is_no_child(tmp_path: Path) -> None:
    frame = table()
    total = pd.DataFrame([["Итого", *[None] * (frame.shape[1] - 2), 400]], columns=frame.columns)
    pd.concat([frame, total]).to_excel(tmp_path / "x.xlsx", index=False)
    assert len(read_columns(tmp_path / "x.xlsx", None).frame) == len(frame)


def test_a_second_header_row_gives_the_labels(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(qualtrics(table(), 2), encoding="utf-8")
    assert header(path).labels["weight"] == "Text of weight"


def test_what_is_named_goes_before_what_is_detected(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a b c\n" + table().to_csv(index=False, sep="*", decimal=","), encoding="cp1251")
    check(path, layout=Layout(encoding="cp1251", delimiter="*", decimal=",", header_rows=(2,)))
    with pytest.raises(DataError, match="not in the encoding"):
        path.write_bytes("Возраст\n1\n".encode("cp1251"))
        header(path, Layout(encoding="utf_8"))


def test_thousands_are_told_from_decimals() -> None:
    assert text_layout("a;b\n1.200,5;3\n900,25;4\n", Layout()).decimal == ","
    assert text_layout("a\tb\n1,200\t3\n2,500\t4\n", Layout()).decimal == "."


def test_rows_of_another_length_are_named_with_their_lines(tmp_path: Path) -> None:
    lines = table().to_csv(index=False).split("\n")
    lines[4], lines[9] = "1,2", lines[9] + ",more"
    (tmp_path / "x.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_columns(tmp_path / "x.csv", ["id"])
    assert error.value.got == "line 5: 2 cells; line 10: 5 cells" and error.value.allowed == "4 cells"


def test_duplicate_names_are_refused_only_where_a_rule_needs_one(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("w,other,q,other\n1,a,1,b\n2,a,2,b\n", encoding="utf-8")
    assert read_columns(path, ["w", "q"]).frame["q"].tolist() == ["1", "2"]
    with pytest.raises(DataError, match="Duplicate") as error:
        read_columns(path, ["w", "other"])
    assert error.value.got == "other"


def test_the_sheet_with_the_answers_is_read_and_named(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        pd.DataFrame({"Read me": ["see Data"]}).to_excel(book, sheet_name="Readme", index=False)
        table().to_excel(book, sheet_name="Data", index=False, startrow=3)
        book.sheets["Data"]["A1"] = "A title"
    check(path)
    raw = read_columns(path, ["id"])
    assert raw.layout.unusual() == {"header_rows": (4,), "sheet": "Data"} and "Data" in raw.notes[0]
    with pytest.raises(DataError, match="no such sheet") as error:
        header(path, Layout(sheet="Dato"))
    assert error.value.next == "did you mean Data?"


def test_repeats_of_a_second_sheet_stand_in_one_cell_of_the_child(tmp_path: Path) -> None:
    path = tmp_path / "kobo.xlsx"
    book = openpyxl.Workbook()
    main, devices = book.active, book.create_sheet("devices")
    for row in (["age", "_index"], [9, 1], [10, 2], [11, 3]):
        main.append(row)
    for row in (
        ["kind", "_parent_index"],
        *[[kind, 1 + i % 2] for i, kind in enumerate(["phone", "pc"] * 9)],
        ["tv", 1],
    ):
        devices.append(row)
    book.save(path)
    assert "devices/kind" in header(path).frame
    cells = read_columns(path, ["age", "devices/kind"]).frame["devices/kind"]
    assert cells[0].endswith("phone | tv") and set(cells[1].split(" | ")) == {"pc"} and pd.isna(cells[2])


def test_a_repeat_of_one_word_is_offered_as_a_question(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "x.xlsx", engine="openpyxl") as book:
        pd.DataFrame({"age": [9, 12, 15] * 8, "_index": range(1, 25)}).to_excel(book, index=False)
        devices = pd.DataFrame({"kind": ["phone", "pc", "tv"] * 16, "_parent_index": [*range(1, 25)] * 2})
        devices.to_excel(book, sheet_name="devices", index=False)
    draft = propose(tmp_path / "x.xlsx", slug="kenya", country="KEN").draft("KEN-01")
    assert (draft.column, draft.title) == ("devices/kind", "devices: kind")
    assert {code for code, _, _ in draft.preview.rows} == {"pc", "phone", "tv"}
    assert draft.blank == "not_asked"  # a child without a row was not asked, which is no missing answer


def test_a_stray_zero_is_no_letter_and_western_letters_are_not_cyrillic(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("Âge de l'enfant;école\n9;no\0n\n".encode("cp1252"))
    frame = read_columns(tmp_path / "x.csv", None).frame
    assert [*frame, frame.iloc[0, 1]] == ["Âge de l'enfant", "école", "non"]


@pytest.mark.parametrize(("saved", "other"), [("utf-8", "cp1251"), ("cp1251", "utf-8")])
def test_lines_in_two_encodings_are_named(saved: str, other: str, tmp_path: Path) -> None:
    lines = [f"{number},Девочка".encode(other if number == 7 else saved) for number in range(40)]
    (tmp_path / "x.csv").write_bytes(b"age,sex\n" + b"\n".join(lines))
    with pytest.raises(DataError, match="two encodings") as error:
        header(tmp_path / "x.csv")
    assert error.value.where == "x.csv" and str(error.value.got).endswith("such as 9")


def test_an_encoding_is_found_by_few_words() -> None:
    assert encoding_of("Возраст;Пол\n9;да\n".encode("koi8-r")) in ("koi8_r", "koi8_u")


@pytest.mark.parametrize(
    ("meant", "mistaken"),
    [
        ("utf-8", "latin-1"),
        ("utf-8", "cp1251"),
        ("utf-8", "cp1254"),
        ("cp1251", "latin-1"),
        ("cp1254", "cp1252"),
    ],
)
@pytest.mark.parametrize("saved", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_that_was_taken_for_another_encoding_is_read_as_meant(
    meant: str, mistaken: str, saved: str, tmp_path: Path
) -> None:
    text = (
        "yaş,cinsiyet,ağırlık\n9,Kız,1\n10,Erkek,2\n"
        if "cp1254" in (meant, mistaken)
        else "Возраст,Пол\n9,мальчик\n"
    )
    (tmp_path / "x.csv").write_bytes(text.encode(meant).decode(mistaken).encode(saved))
    raw = read_columns(tmp_path / "x.csv", None)
    assert [*raw.frame] == text.split("\n", 1)[0].split(",") and "as meant" in raw.notes[0]
    again = read_columns(tmp_path / "x.csv", None, raw.layout)
    assert again.frame.equals(raw.frame) and not again.notes and raw.layout.unusual()["encoding"]


def test_text_whose_letters_are_lost_says_so_and_other_alphabets_are_left_alone(tmp_path: Path) -> None:
    garbled = "Возраст,Страта,Имя\n9,да,Игорь\n".encode().decode("cp1251", "ignore")
    (tmp_path / "x.csv").write_text(garbled, encoding="utf-8")
    with pytest.raises(DataError, match="lost letters"):
        header(tmp_path / "x.csv")
    for text in (
        "Âge,Né,Été\n1,très,ça\n",
        "Věk,žena,ý\n1,dítě,ň\n",
        "aldur,þú,ðæ\n1,á,é\n",
        "Ηλικία,Φύλο\n1,α\n",
    ):
        assert encoding_of(text.encode()) == "utf_8"


def test_names_stand_under_merged_headings(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["You", None, "Devices", None],
        ["age", "sex", "phone", "pc"],
        *[[9 + i % 3, 1, i % 2, 1] for i in range(12)],
    ):
        book.active.append(row)
    for cells in ("A1:B1", "C1:D1"):
        book.active.merge_cells(cells)
    book.save(tmp_path / "x.xlsx")
    assert [*header(tmp_path / "x.xlsx").frame] == ["age", "sex", "phone", "pc"]
