"""The demonstration interviews: one script, spans that fit, traps for the pseudonymiser and the gate."""

from __future__ import annotations

import hashlib
import re

import pandas as pd
import pytest

from digicit_lib.codebook import MODULES, catalogue
from digicit_lib.qualitative import read_table
from digicit_lib.synthetic import interviews
from digicit_lib.synthetic.population import files, population_model
from digicit_lib.synthetic.script import SPOKEN, Interviews, write_turn

STUDIES = {"tr": ("TUR", 71), "uk": ("UKR", 72), "ru": ("RUS", 73)}
PINNED = "35584ae7e528cae671fc4e5aad3e267d0bb9cf231a73ed5dd65bb9cefc1500af"


def made(lang: str, *, raw: bool = False) -> Interviews:
    country, seed = STUDIES[lang]
    return interviews(seed=seed, languages=["en", lang], country=country, raw=raw)


@pytest.fixture(scope="module", params=SPOKEN)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def clean(lang: str) -> Interviews:
    return made(lang)


@pytest.fixture(scope="module")
def raw(lang: str) -> Interviews:
    return made(lang, raw=True)


def spoken(tables: dict[str, pd.DataFrame]) -> dict[tuple[str, int], str]:
    turns = tables["transcripts"]
    return dict(zip(zip(turns["session_id"], turns["turn"], strict=True), turns["text"], strict=True))


def words(tables: dict[str, pd.DataFrame], name: str) -> list[str]:
    """The words that each row of a table points at."""
    texts, rows = spoken(tables), tables[name]
    assert (rows["turn_start"] == rows["turn_end"]).all()
    spans = zip(rows["session_id"], rows["turn_start"], rows["char_start"], rows["char_end"], strict=True)
    return [texts[session, turn][start:end] for session, turn, start, end in spans]


# --- the script ------------------------------------------------------------------------------------


def test_marks_are_read_and_offsets_counted_by_hand() -> None:
    details = {"n1": {"kind": "name", "en": "Ada"}}
    turn = write_turn("{a: I asked {@n1 Ada'ya}.} Yes, {@n1}.", details, raw=True)
    # 0123456789012345678901
    # I asked Ada'ya. Yes, Ada.
    assert turn["text"] == "I asked Ada'ya. Yes, Ada."
    assert turn["segments"] == [("a", 0, 15)]
    assert turn["details"] == [("n1", 8, 11), ("n1", 21, 24)]
    masked = write_turn("{a: I asked {@n1 Ada'ya}.}", details, raw=False)
    assert masked["text"] == "I asked <NAME1>'ya."
    assert masked["segments"] == [("a", 0, 19)]


def test_one_script_in_all_languages() -> None:
    english = {key[:6]: text for key, text in population_model("interviews")["turns"].items()}
    marks = re.compile(r"\{(@?\w+)")
    for code in SPOKEN:
        turns = population_model(f"interviews_{code}")["turns"]
        assert list(turns) == list(english)
        for place, text in turns.items():
            codes = [m for m in marks.findall(text) if not m.startswith("@")]
            assert codes == [m for m in marks.findall(english[place]) if not m.startswith("@")], place
            assert sorted(marks.findall(text)) == sorted(marks.findall(english[place])), (code, place)


def test_labels_and_details_are_complete() -> None:
    script = population_model("interviews")
    for code in SPOKEN:
        voice = population_model(f"interviews_{code}")
        assert set(voice["labels"]) == {*script["themes"], *script["codebook"]}
        assert set(voice["details"]) == set(population_model("interviews_tr")["details"])


def test_files_are_small_and_without_graphic_words() -> None:
    graphic = re.compile(
        r"\b(blood|kill|suicid|naked|nude|sex|rape|porn|weapon"
        r"|kanl|öldür|intihar|çıplak|cinsel|tecavüz|silah"
        r"|кров|вбив|убив|самогуб|самоуб|гола|голий|голы|секс|зґвалт|изнасил|збро|оруж)",
        re.IGNORECASE,
    )
    for name in ("interviews", *(f"interviews_{code}" for code in SPOKEN)):
        text = (files("digicit_lib") / "codebooks" / "synthetic" / f"{name}.yaml").read_text(encoding="utf-8")
        assert len(text.encode()) < 150_000
        told = re.sub(r"(?m)^sex:.*", "", text)
        assert not graphic.findall(told), name


# --- the coded project -----------------------------------------------------------------------------


def test_the_same_bytes_on_every_machine() -> None:
    # Pinned from a first run on Linux x86-64: whole-number draws and the script's own text.
    tables = interviews(seed=7, languages=["tr"], country="TUR").tables
    text = tables["codings"].to_csv(index=False, lineterminator="\n")
    assert hashlib.sha256(text.encode()).hexdigest() == PINNED


def test_the_reader_takes_it_whole(clean: Interviews, lang: str) -> None:
    project = read_table(clean.tables)
    assert project.report.empty
    assert len(project.sources) == 8
    assert 60 <= len(project.turns) <= 90
    assert set(project.sources["lang"]) == {lang}
    assert len(project.coders) == 2
    assert clean.data_kind == "synthetic"


def test_segments_are_words_not_pieces(clean: Interviews, raw: Interviews) -> None:
    for tables in (clean.tables, raw.tables):
        for text in words(tables, "codings"):
            assert text == text.strip()
            assert len(text) > 3


def test_masking_moves_the_codings_and_changes_nothing_else(clean: Interviews, raw: Interviews) -> None:
    first = [t["codings"][t["codings"]["coder_id"] == "C1"] for t in (clean.tables, raw.tables)]
    assert first[0]["code"].tolist() == first[1]["code"].tolist()
    real = raw.planted["text"].unique()
    for masked, said in zip(words(clean.tables, "codings"), words(raw.tables, "codings"), strict=True):
        if "<" not in masked and not any(name in said for name in real):
            assert masked == said


def test_two_coders_differ_about_as_much_as_people_do(clean: Interviews) -> None:
    codings = clean.tables["codings"].drop(columns=["round", "memo"])
    one, two = (
        set(codings[codings["coder_id"] == c].drop(columns="coder_id").itertuples(index=False))
        for c in ("C1", "C2")
    )
    assert 0.45 < len(one & two) / len(one) < 0.85
    assert two - one
    keys = ["session_id", "turn_start", "code"]
    placed = [set(map(tuple, codings.loc[codings["coder_id"] == c, keys].to_numpy())) for c in ("C1", "C2")]
    assert 0.5 < len(placed[0] & placed[1]) / len(placed[0] | placed[1]) < 0.9


def test_codebook_has_its_parts(clean: Interviews) -> None:
    book = clean.tables["codebook"]
    assert len(book) == 17
    assert book["theme"].nunique() == 5
    parts = [
        "definition",
        "include_when",
        "exclude_when",
        "label",
        "label_local",
        "theme_local",
        "crc_articles",
    ]
    assert book[parts].ne("").all().all()
    assert book["example"].str.startswith("[invented] ").all()
    assert not book["example"].eq("[invented] nan").any()
    assert all(code in catalogue() for codes in book["indicator_ids"] for code in codes.split())
    assert set(clean.tables["codings"]["code"]) == set(book["code"])


def test_approved_words_stand_beside_indicators_of_the_modules(clean: Interviews) -> None:
    """Codes that meet a module's indicators are quoted: a study that asks it has voices beside it."""
    book, quotes = clean.tables["codebook"], clean.tables["quotations"]
    approved = set(quotes.loc[quotes["approved"] == "yes", "code"])
    ids = book.loc[book["code"].isin(approved), "indicator_ids"].str.split().explode()
    modules = {catalogue()[name].module for name in ids} - {""}
    assert modules == set(MODULES) - {"young"}  # of whom their carers tell, in a survey


def test_groups_are_large_enough_and_participants_are_coarse(clean: Interviews) -> None:
    people = clean.tables["participants"]
    sizes = people.groupby(["role", "age_band", "sex", "area"]).size()
    assert (sizes >= 3).sum() >= 7
    present = clean.tables["sessions"].set_index("session_id")["n_present"]
    assert people.groupby("session_id").size().to_dict() == present.to_dict()
    assert not {"name", "birth_date", "school", "handle"} & set(people.columns)


def test_the_seed_moves_the_second_coder_only() -> None:
    one, two = (interviews(seed=s, languages=["ru"], country="RUS").tables for s in (1, 2))
    for name in one:
        if name != "codings":
            pd.testing.assert_frame_equal(one[name], two[name])
    assert not one["codings"].equals(two["codings"])


def test_english_is_spoken_where_no_other_language_is() -> None:
    tables = interviews(seed=1, languages=["en"], country="GBR").tables
    assert tables["transcripts"]["text_en"].eq("").all()
    assert read_table(tables).report.empty


# --- what was planted, and what must not get out ---------------------------------------------------


def test_planted_details_are_where_the_table_says(raw: Interviews, clean: Interviews) -> None:
    texts = spoken(raw.tables)
    assert len(raw.planted) >= 35
    for row in raw.planted.itertuples():
        assert texts[row.session_id, row.turn][row.char_start : row.char_end] == row.text
    masked = "\n".join(spoken(clean.tables).values())
    assert clean.planted.empty
    assert not [text for text in raw.planted["text"] if text in masked]
    assert not re.search(r"@\w|\d{3}[ -]\d\d|https?:", masked)


def test_planted_details_are_of_many_kinds_and_cases(raw: Interviews, lang: str) -> None:
    kinds = {"name", "school", "class", "street", "place", "team", "phone", "handle", "url", "email", "date"}
    assert set(raw.planted["kind"]) == kinds
    names = raw.planted[raw.planted["kind"] == "name"]
    assert (~names["in_roster"]).any()  # a name that only a flag can catch
    cases = {
        "tr": {"Elif", "Zeyno", "Keremi", "Aysel Hoca", "Deniz", "Bartu"},
        "uk": {"Марійкою", "Марійки", "Марійку", "Тарасові", "Соломіє", "Левові", "Любові Андріївни"},
        "ru": {"Машей", "Маши", "Маше", "Гришу", "Льва", "Льву", "Наташ", "Любови Андреевне"},
    }
    assert cases[lang] <= set(names["text"])


def test_numbers_and_addresses_belong_to_nobody(raw: Interviews) -> None:
    rows = raw.planted.set_index("kind")["text"]
    for phone in rows["phone"]:
        assert re.match(r"(0|8 |\+90 |\+380 |\+7 )?0{2,3}", phone)  # 00 and 000 are in no numbering plan
    assert rows["url"].endswith(".example")  # RFC 2606
    assert rows["email"].endswith("@example.org")


def test_the_roster_names_what_was_planted(raw: Interviews) -> None:
    roster = raw.roster
    assert list(roster.columns) == ["real", "pseudonym", "kind", "lang", "aliases"]
    assert roster["real"].is_unique
    assert roster["pseudonym"].str.fullmatch(r"<[A-Z]+\d>").all()
    assert len(roster) < raw.planted["text"].nunique()


def test_signatures_cover_the_pseudonymised_text_only(raw: Interviews, clean: Interviews) -> None:
    for tables, covered in ((clean.tables, 7), (raw.tables, 0)):
        project = read_table(tables)
        signed = project.reviews.set_index("source")["text_sha256"]
        assert signed.eq(project.sources.set_index("source")["sha256"].reindex(signed.index)).sum() == covered


def test_one_source_is_unsigned_and_one_is_flagged(clean: Interviews) -> None:
    reviews = clean.tables["reviews"].set_index("session_id")
    assert reviews.index[reviews["signed_on"] == ""].tolist() == ["FG5"]
    assert reviews.index[reviews["safeguarding"] == "yes"].tolist() == ["II1"]
    assert clean.tables["participants"]["quote_ok"].eq("no").sum() == 3


def test_the_review_file_holds_traps_for_the_gate(clean: Interviews) -> None:
    """Approved rows that consent, a missing signature or a flag must still stop."""
    quotes = clean.tables["quotations"]
    people = clean.tables["participants"].set_index("pid")["quote_ok"]
    turns = clean.tables["transcripts"].set_index(["session_id", "turn"])["pid"]
    pids = [turns[pair] for pair in zip(quotes["session_id"], quotes["turn_start"], strict=True)]
    approved = quotes["approved"].eq("yes")
    stopped = quotes["session_id"].isin(["FG5", "II1"]) | people.reindex(pids).eq("no").to_numpy()
    assert (approved & stopped).sum() == 4
    assert (approved & ~stopped).sum() >= 18
    assert quotes.loc[~approved, "reason"].ne("").all()
    assert quotes["negative"].eq("yes").sum() == 2


def test_quotations_are_pseudonymised_and_translated(clean: Interviews, raw: Interviews) -> None:
    texts = words(clean.tables, "quotations")
    assert not [t for t in texts for name in raw.planted["text"] if name in t]
    assert any("<NAME5>" in t for t in texts)  # a mask that a reader will see
    english = clean.tables["quotations"]["text_en"]
    assert english.str.len().gt(20).all()
    assert not english.str.contains("[а-яіїєґşğı]", regex=True).any()


def test_not_asked_is_told_apart(clean: Interviews) -> None:
    routing = clean.tables["routing"]
    assert len(routing) == 8 * 5
    assert set(routing["asked"]) == {"yes", "no"}
    assert set(routing["theme"]) == set(clean.tables["codebook"]["theme"])
