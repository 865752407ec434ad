"""Reviews of translations: who read which message, and what voids a review."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pytest

from digicit_lib import language as lang
from digicit_lib.errors import LanguageError
from digicit_lib.language import catalogue_files, po, reviews

DAY = dt.date(2026, 11, 1)
PLACES = {"Girls": "a.py:1", "{n} of {m} items": "b.py:2"}


@pytest.fixture
def turkish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalogue_files, "LOCALE", tmp_path)
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "tr" / "digicit.po"
    file.parent.mkdir()
    po.refresh("tr", {english: [("a.py", 1)] for english in PLACES}, path=file)
    translated(file, {"Girls": "Kızlar", "{n} of {m} items": "{m} maddeden {n} tanesi"})
    yield file
    forget()


def forget() -> None:
    lang._source.cache_clear(), lang._form_of.cache_clear(), lang._forms.cache_clear()


def translated(file: Path, texts: dict[str, str]) -> None:
    catalogue = po.read("tr", file)
    for english, text in texts.items():
        catalogue[english].string = text
    file.write_text(po._text(catalogue), encoding="utf-8")
    forget()


def read_all(sheet: Path) -> Path:
    """The sheet as a reviewer gives it back, everything marked as read."""
    rows = list(csv.DictReader(io.StringIO(reviews.preview_sheet("tr", PLACES, {}))))
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, reviews.SHEET)
        writer.writeheader()
        writer.writerows({**row, "read": "evet"} for row in rows)
    return sheet


def test_a_review_holds_until_either_side_changes(turkish: Path, tmp_path: Path) -> None:
    ids = {lang.message_id(english) for english in PLACES}
    assert reviews.counts("tr", ids) == (2, 2, 0)
    assert reviews.record("tr", read_all(tmp_path / "tr.csv"), "A. Person", "translator", DAY) == 2
    assert reviews.counts("tr", ids) == (2, 2, 2)
    assert "A. Person,translator,2026-11-01" in reviews.file_of("tr").read_text(encoding="utf-8")
    translated(turkish, {"Girls": "Kız çocukları"})
    assert reviews.counts("tr", ids) == (2, 2, 1)
    assert reviews.counts("tr", {lang.message_id("Girls!")}) == (1, 0, 0)


def test_what_one_has_read_stays_with_whoever_read_it_first(turkish: Path, tmp_path: Path) -> None:
    """A sheet of two messages by one, the same by another, a sheet of one by a third: nothing is lost."""
    sheet = read_all(tmp_path / "tr.csv")
    assert reviews.record("tr", sheet, "A. Person", "translator", DAY) == 2
    assert reviews.record("tr", sheet, "B. Person", "teacher", DAY) == 0
    sheet.write_text("\n".join(sheet.read_text(encoding="utf-8").splitlines()[:2]) + "\n", encoding="utf-8")
    assert reviews.record("tr", sheet, "C. Person", "editor", DAY) == 0
    assert reviews.file_of("tr").read_text(encoding="utf-8").count("A. Person,translator") == 2
    translated(turkish, {"Girls": "Kız çocukları"})
    assert reviews.record("tr", read_all(sheet), "B. Person", "teacher", DAY) == 1  # what has changed since


def test_a_sheet_of_another_translation_is_refused_with_its_line(turkish: Path, tmp_path: Path) -> None:
    sheet = read_all(tmp_path / "tr.csv")
    translated(turkish, {"Girls": "Kız çocukları"})
    with pytest.raises(LanguageError, match=r"tr\.csv:2"):
        reviews.record("tr", sheet, "A. Person", "translator", DAY)
    sheet.write_text("a,b\n1,2\n")
    with pytest.raises(LanguageError, match="No sheet"):
        reviews.record("tr", sheet, "A. Person", "translator", DAY)


def test_a_preview_shows_the_page_and_the_words_of_tokens(turkish: Path) -> None:
    name = lang.message_id("{n} of {m} items")
    said = {name: ("turkey/quantitative", "5 maddeden 3 tanesi")}
    rows = {
        row["message"]: row for row in csv.DictReader(io.StringIO(reviews.preview_sheet("tr", PLACES, said)))
    }
    assert rows[name]["where"] == "turkey/quantitative"
    assert rows[name]["example"] == "5 maddeden 3 tanesi"
    assert rows[lang.message_id("Girls")]["where"] == "a.py:1"


def test_what_is_said_is_remembered_once(turkish: Path) -> None:
    lang.take_said()
    lang.translate("Girls", "tr"), lang.translate("{n} of {m} items", "tr", n=3, m=5), lang.translate("Girls")
    assert lang.take_said() == {
        lang.message_id("Girls"): "",
        lang.message_id("{n} of {m} items"): "5 maddeden 3 tanesi",
    }
    assert lang.take_said() == {}


def test_own_words_wait_for_a_translation_where_they_may_be_english() -> None:
    """A study in Turkish writes Turkish; of one in a language that is not shipped nothing is left out."""
    for own_in, waits in (("tr", False), ("es", True), ("en", True)):
        own = f"Veli anketi {own_in}"
        lang.take_said()
        lang.translate("Girls", "tr"), lang.translate(own, "tr")
        assert (lang.message_id(own) in lang.take_said(own_in)) == waits


def test_only_messages_and_english_sentences_are_counted() -> None:
    """A heading that is said once more, a code, a number: none is a message of the page."""
    lang.take_said()
    girls = lang.translate("Girls", "tr")
    for text in (girls, "FG1", "0,45", "( )", "Our own sentence in English."):
        lang.translate(text, "tr")
    assert set(lang.take_said()) == {
        lang.message_id("Girls"),
        lang.message_id("Our own sentence in English."),
    }
