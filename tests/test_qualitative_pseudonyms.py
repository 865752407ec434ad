"""Pseudonyms: names in all cases, codings that do not shift, flags for what the roster does not hold."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from qualitative_samples import FGD_NAMES, FGD_ROSTER, TALK, fgd, spans, study

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative import Project, pseudonymise, quotations, read_table, risk
from digicit_lib.qualitative.names import find_patterns
from digicit_lib.synthetic import interviews

STUDIES = {"tr": ("TUR", 71), "uk": ("UKR", 72), "ru": ("RUS", 73), "en": ("GBR", 74)}


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(FGD_ROSTER, encoding="utf-8")
    return path


def write(path: Path, names: dict[str, str], lang: str, aliases: dict[str, str]) -> Path:
    rows = [
        {"real": n, "pseudonym": p, "kind": "name", "lang": lang, "aliases": aliases.get(n, "")}
        for n, p in names.items()
    ]
    pd.DataFrame(rows, columns=["real", "pseudonym", "kind", "lang", "aliases"]).to_csv(path, index=False)
    return path


def talk(lang: str) -> Project:
    return Project.build({"t": TALK[lang][0]}, [], [], sources=[{"source": "t", "lang": lang}])


def left(text: str, word: str) -> bool:
    """Whether a word still stands there as a word."""
    core = re.split("['’]", word)[0] if "Мар" not in word else word
    return re.search(rf"(?<!\w){re.escape(core)}(?!\w)", text) is not None


# --- the demonstration ------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", STUDIES)
def test_planted_identifiers_are_found(lang: str, tmp_path: Path) -> None:
    country, seed = STUDIES[lang]
    made = interviews(seed=seed, languages=[lang], country=country, raw=True)
    made.roster.to_csv(tmp_path / "roster.csv", index=False)
    before = read_table(made.tables)
    done = pseudonymise(before, tmp_path / "roster.csv")
    planted = made.planted[made.planted["in_roster"] | (made.planted["kind"] != "name")]
    turns = done.project.turns.set_index(["source", "turn"])
    gone = []
    for row in planted.itertuples():
        turn = turns.loc[(row.session_id, row.turn)]
        said = done.project.texts[row.session_id][turn["text_start"] : turn["end"]]
        gone.append(row.text.strip("«»") not in said)
    assert np.mean(gone) >= 0.98
    assert len(gone) >= 35


@pytest.mark.parametrize("lang", STUDIES)
def test_no_coding_is_shifted(lang: str, tmp_path: Path) -> None:
    """Codings on the pseudonymised text are those of the script that was masked by hand."""
    country, seed = STUDIES[lang]
    raw, clean = (interviews(seed=seed, languages=[lang], country=country, raw=r) for r in (True, False))
    raw.roster.to_csv(tmp_path / "roster.csv", index=False)
    moved = pseudonymise(read_table(raw.tables), tmp_path / "roster.csv").project
    same = read_table(clean.tables)
    equal = [s for s in same.texts if moved.texts[s] == same.texts[s]]
    assert len(equal) >= 4
    for source in equal:
        one, two = (p.only(source=source) for p in (moved, same))
        assert spans(one) == spans(two)
    # Where a text differs, a coding still begins and ends with the words that it began and ended with.
    before = read_table(raw.tables)
    for (_, old), (_, new) in zip(before.segments.iterrows(), moved.segments.iterrows(), strict=True):
        was, now = (
            before.texts[old["source"]][old["start"] : old["end"]],
            moved.texts[new["source"]][new["start"] : new["end"]],
        )
        assert was[-1] == now[-1] or now.endswith(">")
        assert was[0] == now[0] or now[0] in "<[««"


@pytest.mark.parametrize("lang", STUDIES)
def test_a_third_of_the_names_missing_from_the_roster_is_flagged(lang: str, tmp_path: Path) -> None:
    country, seed = STUDIES[lang]
    made = interviews(seed=seed, languages=[lang], country=country, raw=True)
    missing = (made.roster["kind"] == "name") & (np.arange(len(made.roster)) % 3 == 1)
    assert missing.sum() >= 2
    made.roster[~missing].to_csv(tmp_path / "roster.csv", index=False)
    done = pseudonymise(read_table(made.tables), tmp_path / "roster.csv").project
    flags = risk(done, tokens=True).query("rank <= 3")
    seen = 0
    for row in made.planted[made.planted["kind"] == "name"].itertuples():
        turn = done.turns[(done.turns["source"] == row.session_id) & (done.turns["turn"] == row.turn)].iloc[0]
        said = done.texts[row.session_id][turn["text_start"] : turn["end"]]
        if row.text in said:
            start = turn["text_start"] + said.index(row.text)
            hit = flags[
                (flags["source"] == row.session_id)
                & (flags["start"] < start + len(row.text))
                & (flags["end"] > start)
            ]
            assert len(hit), (row.session_id, row.turn)
            seen += 1
    assert seen >= 8


# --- texts that do not come from the generator --------------------------------------------------------


@pytest.mark.parametrize("lang", TALK)
def test_names_in_all_cases_by_hand(lang: str, tmp_path: Path) -> None:
    _, names, aliases = TALK[lang]
    path = write(tmp_path / "r.csv", {n: f"<NAME{i}>" for i, n in enumerate(names, 1)}, lang, aliases)
    done = pseudonymise(talk(lang), path)
    text = done.project.texts["t"]
    said = [form for many in names.values() for form in many]
    assert [form for form in said if left(text, form)] == []
    assert not find_patterns(text)
    kinds = set(done.log["kind"])
    assert {
        "ru": {"class", "phone", "street"},
        "uk": {"class", "phone"},
        "tr": {"phone", "class", "street"},
        "en": {"school", "email", "class", "street"},
    }[lang] <= kinds


@pytest.mark.parametrize("lang", TALK)
def test_missing_names_are_flagged_by_hand(lang: str, tmp_path: Path) -> None:
    text, names, _ = TALK[lang]
    kept = {n: f"<NAME{i}>" for i, n in enumerate(names, 1) if i % 3}
    project = pseudonymise(talk(lang), write(tmp_path / "r.csv", kept, lang, {})).project
    flags = risk(project, tokens=True)
    tokens = set(flags.loc[flags["rank"] <= 2, "token"])
    for name, said in names.items():
        if name not in kept:
            assert all(
                any(form in t or t in form for t in tokens) for form in said if form in project.texts["t"]
            ), name
    assert text.count("\n") == project.texts["t"].count("\n")


def test_words_that_are_also_names_stay_words(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", {"Вера": "<NAME1>", "Света": "<NAME2>", "Лев": "<NAME3>"}, "ru", {})
    done = pseudonymise(
        Project.build(
            {"t": "P1: Мы с Верой. Я с верой в лучшее. Не было света. Видели льва, а Льва нет."}, [], []
        ),
        path,
    )
    assert (
        done.project.texts["t"]
        == "P1: Мы с <NAME1>. Я с верой в лучшее. Не было света. Видели льва, а <NAME3> нет."
    )
    assert done.log["confirm"].tolist() == [True, True]


# --- the reference set ------------------------------------------------------------------------------


def test_reference_set_word_for_word(shared: Path, roster: Path) -> None:
    text = pseudonymise(fgd(shared), roster).project.texts
    assert "Кому ты об этом рассказала, [Алина]?" in text["RU_FGD1_girls_12-14"]
    assert "Маме. [Алина Орлова] из <CLASS1> тоже" in text["RU_FGD1_girls_12-14"]
    assert "учительница [Ольга Ивановна] провела классный час в <SCHOOL" in text["RU_FGD1_girls_12-14"]
    assert "даже брату [Кириллу]." in text["RU_FGD2_boys_15-17"]
    assert "Мой номер <PHONE1> спалили" in text["RU_FGD2_boys_15-17"]
    assert "öğretmenimiz <NAME4>’a anlattı" in text["TR_FGD1_girls_12-14"]
    assert "[Elif]’in annesi" in text["TR_FGD1_girls_12-14"]
    assert "[Can] diye bir çocuk" in text["TR_FGD2_boys_15-17"]
    assert "Мене звати [Леся], я з <SCHOOL" in text["UK_FGD1_mixed_12-14"]


def test_reference_set_codings_keep_their_words(shared: Path, roster: Path) -> None:
    before, after = fgd(shared), pseudonymise(fgd(shared), roster).project
    assert len(before.segments) == len(after.segments)
    changed = 0
    for (_, old), (_, new) in zip(before.segments.iterrows(), after.segments.iterrows(), strict=True):
        was = before.texts[old["source"]][old["start"] : old["end"]]
        now = after.texts[new["source"]][new["start"] : new["end"]]
        if was != now:
            changed += 1
            assert "[" in now or "<" in now
            kept = re.split(r"\[[^\]]*\]|<[A-Z]+\d+>", now)
            assert all(part in was for part in kept)
    assert 0 < changed < 12
    whole = [after.texts[t.source][t.start : t.text_start] for t in after.turns.itertuples()]
    assert whole == [before.texts[t.source][t.start : t.text_start] for t in before.turns.itertuples()]


def test_reference_set_without_a_third_of_its_names(shared: Path, tmp_path: Path) -> None:
    rows = FGD_ROSTER.splitlines()
    path = tmp_path / "roster.csv"
    path.write_text("\n".join(r for i, r in enumerate(rows) if i not in (1, 4, 7)), encoding="utf-8")
    project = pseudonymise(fgd(shared), path).project
    flags = risk(project).query("rank <= 1")
    found = 0
    for source, words in FGD_NAMES:
        at = project.texts[source].find(words)
        if at >= 0:
            found += 1
            assert len(
                flags[(flags["source"] == source) & (flags["start"] < at + len(words)) & (flags["end"] > at)]
            ), source
    assert found >= 4


# --- the map ----------------------------------------------------------------------------------------


def test_a_span_cut_by_a_replacement_is_widened_to_it(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", {"Наташа": "Алина"}, "ru", {})
    rows = [
        {"source": "t", "start": a, "end": b, "code": "x", "coder": "A"}
        for a, b in ((4, 9), (8, 15), (11, 15), (4, 10), (10, 11))
    ]
    project = Project.build({"t": "P1: Наташа, ок. И Наташа."}, rows, [])
    done = pseudonymise(project, path).project
    assert done.texts["t"] == "P1: [Алина], ок. И [Алина]."
    assert [
        done.texts["t"][a:b] for a, b in zip(done.segments["start"], done.segments["end"], strict=True)
    ] == [
        "[Алина]",
        "[Алина], ок.",
        " ок.",
        "[Алина]",
        ",",
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_map_keeps_every_untouched_span(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    names = {"Наташа": "<NAME1>", "Иван": "Константин"}
    path = write(tmp_path / "r.csv", names, "ru", {})
    words = [str(w) for w in rng.choice(["Наташа", "Ивана", "идёт", "домой", "и", "говорит"], 60)]
    text = "P1: " + " ".join(words)
    rows = []
    for _ in range(40):
        a = int(rng.integers(0, 55))
        b = int(rng.integers(a + 1, min(a + 6, 60)))
        start = 4 + len(" ".join(words[:a])) + (a > 0)
        rows.append(
            {
                "source": "t",
                "start": start,
                "end": start + len(" ".join(words[a:b])),
                "code": f"{a}-{b}",
                "coder": "A",
            }
        )
    done = pseudonymise(Project.build({"t": text}, rows, []), path).project
    told = {"Наташа": "<NAME1>", "Ивана": "[Константина]"}
    for s in done.segments.itertuples():
        a, b = map(int, s.code.split("-"))
        assert done.texts["t"][s.start : s.end] == " ".join(told.get(w, w) for w in words[a:b])


def test_translations_memos_codebook_and_labels_change_too(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", {"Henry": "Sam"}, "en", {})
    tables = study()
    said = tables["transcripts"].assign(
        text_en="Henry said so", pid=tables["transcripts"]["pid"].replace("G1-1", "Henry")
    )
    book = tables["codebook"].assign(example="as Henry did")
    tables = tables | {
        "transcripts": said,
        "codebook": book,
        "codings": tables["codings"].assign(memo="ask Henry"),
    }
    tables["quotations"] = tables["quotations"].assign(text_en="Henry!")
    done = pseudonymise(read_table(tables), path).project
    for frame in (done.turns, done.segments, done.codes, done.quotations):
        assert not frame.astype(str).apply(lambda c: c.str.contains("Henry")).any().any()
    assert done.texts["G1"].splitlines()[1].startswith("[Sam]: I block")


def test_signatures_are_void_afterwards(tmp_path: Path) -> None:
    tables = study()
    tables["transcripts"].loc[1, "text"] = tables["transcripts"].loc[1, "text"].replace("sister", "Henry")
    project = read_table(study(transcripts=tables["transcripts"]))
    assert "G1" in set(quotations(project)["source"])
    done = pseudonymise(project, write(tmp_path / "r.csv", {"Henry": "Sam"}, "en", {})).project
    assert set(quotations(done)["source"]) == {"G2"}


def test_masks_are_the_same_for_the_same_thing_and_follow_those_already_there(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", {"School One": "<SCHOOL3>"}, "en", {})
    texts = {
        "a": "P1: call 0000 123 45 67, or <PHONE4>, or 0000 123-45-67.",
        "b": "P1: +90 000 765 43 21 and 0000 123 45 67; school No. 5",
    }
    done = pseudonymise(Project.build(texts, [], []), path).project.texts
    assert done["a"] == "P1: call <PHONE5>, or <PHONE4>, or <PHONE5>."
    assert done["b"] == "P1: <PHONE6> and <PHONE5>; <SCHOOL4>"


def test_the_log_has_no_original(shared: Path, roster: Path) -> None:
    log = pseudonymise(fgd(shared), roster).log
    dump = log.to_csv()
    assert not any(name in dump for _, name in FGD_NAMES)
    assert set(log["replacement"]) >= {"[Алина]", "<PHONE1>", "<CLASS1>"}
    assert log["hash"].str.fullmatch(r"[0-9a-f]{16}").all()


def test_the_hash_tells_the_same_thing_again_and_is_keyed_with_the_roster(tmp_path: Path) -> None:
    project = Project.build({"t": "P1: Henry and Henry's Ann"}, [], [])
    logs = [
        pseudonymise(project, write(tmp_path / f"{n}.csv", {"Henry": "Sam", "Ann": n}, "en", {})).log
        for n in ("Eve", "Una")
    ]
    assert logs[0]["hash"][0] == logs[0]["hash"][1] != logs[0]["hash"][2]
    assert logs[0]["hash"][0] != logs[1]["hash"][0]


# --- the roster -------------------------------------------------------------------------------------


def test_a_roster_inside_a_repository_is_refused(tmp_path: Path) -> None:
    project = Project.build({"t": "P1: yes"}, [], [])
    for mark in (".git", "params"):
        folder = tmp_path / mark.strip(".") / "deep"
        folder.mkdir(parents=True)
        (folder.parent / mark).mkdir()
        (folder.parent / "pyproject.toml").touch()
        path = write(folder / "names.csv", {"A": "B"}, "en", {})
        with pytest.raises(QualitativeError, match="inside a repository"):
            pseudonymise(project, path)


def test_a_key_file_in_the_study_is_refused(tmp_path: Path) -> None:
    study_folder, safe = tmp_path / "study", tmp_path / "safe"
    (study_folder / "data").mkdir(parents=True)
    safe.mkdir()
    path = write(safe / "names.csv", {"Henry": "Sam"}, "en", {})
    project = Project.build({"t": "P1: yes"}, [], [])
    (study_folder / "data" / "keyboard.csv").touch()
    pseudonymise(project, path, root=study_folder)
    (study_folder / "data" / "name_key.csv").touch()
    with pytest.raises(QualitativeError, match="named like a roster"):
        pseudonymise(project, path, root=study_folder)


def test_brackets_typed_into_the_roster_are_not_doubled(tmp_path: Path) -> None:
    project = Project.build({"t": "P1: then I asked Tamsin"}, [], [])
    (tmp_path / "r.csv").write_text("real,pseudonym,kind\nTamsin,[Mary],name\n")
    assert pseudonymise(project, tmp_path / "r.csv").project.texts["t"] == "P1: then I asked [Mary]"


def test_a_roster_is_checked(tmp_path: Path) -> None:
    project = Project.build({"t": "P1: yes"}, [], [])
    path = tmp_path / "r.csv"
    with pytest.raises(QualitativeError, match="not there"):
        pseudonymise(project, path)
    path.write_text("real,kind\nHenry,name\n")
    with pytest.raises(QualitativeError, match="lacks a column"):
        pseudonymise(project, path)
    path.write_text("real,pseudonym,kind\nHenry,Sam,name\nHENRY,Tom,name\n")
    with pytest.raises(QualitativeError, match="two pseudonyms") as caught:
        pseudonymise(project, path)
    assert "enry" not in str(caught.value)
