"""Texts and names as the room takes them: canonical, hashed, told apart, cut into turns."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

_NAME = r"[\w.\-'’ʼ]{1,24}|[\w.\-'’ʼ]{1,16}(?: [\w.\-'’ʼ]{1,12}){1,2}"
_TIME = r"[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?[\])]?"
# A time before it; then ``Name:``, ``#Name:``, ``**Name:**``, ``Girl (14):``, ``Name>``; ``[Name]``; the
# voice tag of WebVTT; a name and its time alone on a line; and what marks speakers only where nearly every
# line has it.
_LABEL = re.compile(
    rf"^[ \t]*(?:{_TIME}[ \t]*[-–]?[ \t]*)?(?:"
    rf"(?:[-–•#][ \t]+)?(?P<mark>\*\*?|__|#)?(?P<who>{_NAME})"
    r"(?P<age> ?\([^()\n]{0,20}\d[^()\n]{0,8}\)|,[ ]\d{1,2})?"
    r"(?:\*\*?|__)?[ \u00a0\u2600-\u27bf\ufe0f\u200d\U0001f300-\U0001faff]*"
    r"[:：>](?:\*\*?|__)?(?:[ \t\u00a0]+|$|(?<=：))"
    rf"|\[(?P<boxed>(?!\d)(?:{_NAME}))\]:?(?:[ \t]+|$)"
    r"|<v(?:\.[\w.]+)?[ \t](?P<voice>[^<>\n]{1,40})>"
    rf"|(?P<timed>(?!\d)(?:{_NAME}))[ \t]+{_TIME}[ \t]*$"
    rf"|<(?P<angled>(?![A-Z]+\d)(?!\d)(?:{_NAME}))>:?[ \t]*"
    r"|\((?P<round>(?!\d)[\w.\-]{1,24})\):?[ \t]+|(?P<dashed>(?!\d)\w[\w.]{0,23})(?: [-–—] |\t))",
    re.M,
)
_NUMBERED = re.compile(r"[^\W\d_]+ \d{1,3}")
_MARKED = ("voice", "boxed", "timed", "angled", "round", "dashed")
_TIMES = re.compile(r"\d{1,2}:\d{1,2}[.,]\d{3}[ \t]*-->")
# Cue numbers and times of WebVTT and SRT files.
_CUE = re.compile(
    r"^(?:WEBVTT[^\n]*|(?:NOTE|STYLE|REGION)\b[^\n]*(?:\n[^\n]+)*|\d+[ \t]*(?=\n[ \t]*\d{1,2}:\d{1,2})"
    r"|[ \t]*(?:\d{1,2}:)?\d{1,2}:\d{1,2}[.,]\d{3}[ \t]*-->[^\n]*)(?:\n|$)",
    re.M,
)
# C0 and C1 controls, direction marks: in a name they can make a table say what its data does not.
_MARKS = dict.fromkeys(
    [
        *range(32),
        *range(127, 160),
        0x061C,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0xFEFF,
    ]
)

# Quotation marks, dashes and blanks, one for one: positions stay.
COPIED = str.maketrans("’‘ʼ`“”„«»–—‑−\u00a0\u202f", '\'\'\'\'"""""----  ')
_ENDINGS = (".txt", ".docx", ".doc", ".rtf", ".odt", ".md", ".pdf", ".vtt", ".srt")


def canonical_text(text: str) -> str:
    """The text that spans count on: no byte order mark, every line end one LF."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def loosely(words: str, flags: int = re.I) -> re.Pattern[str]:
    """Words as people copy them, for a text whose marks are `COPIED`: blanks and ellipses may differ."""
    visible = re.sub("[\u00ad\u200b-\u200d\u2060]", "", words)
    parts = [re.escape(part.translate(COPIED)) for part in visible.split()]
    return re.compile(re.sub(r"…|(?:\\\.){3}", "(?:…|[.]{3})", r"\s+".join(parts)), flags)


def text_sha256(text: str) -> str:
    """The hash that a signature is bound to; blank space at the end does not count."""
    return hashlib.sha256(text.rstrip().encode("utf-8", "surrogatepass")).hexdigest()


def clean_name(name: object) -> str:
    """A name in composed letters, without control and direction marks or doubled space, of 200 at most."""
    text = unicodedata.normalize("NFC", str(name)).translate({**_MARKS, 9: " ", 10: " ", 13: " "})
    return " ".join(text.split())[:200]


def stem(name: object) -> str:
    """A document's name without the ending of its file."""
    text = clean_name(name)
    return next((text[: -len(end)] for end in _ENDINGS if text.lower().endswith(end)), text)


def unique(names: Iterable[str]) -> list[str]:
    """Names told apart by a number, so that no source stands for another."""
    unique_names: dict[str, None] = {}
    for name in names:
        more = (f"{name or 'source'} ({n})" for n in range(2, len(unique_names) + 3))
        unique_names[next(c for c in (name or "source", *more) if c not in unique_names)] = None
    return list(unique_names)


def code_path(names: Sequence[str]) -> str:
    """The key of a code: its names from the top, so that two programs' exports meet."""
    return "/".join(name.replace("/", "\u2215") for name in names)


def parse_turns(text: str) -> list[tuple[int, int, int, str]]:
    """Turns as (line start, speech start, end, speaker); unlabelled lines continue a turn.

    A label of several words counts only where it comes back, or is numbered beside others: a sentence may
    hold a colon too. Cue numbers and times of a subtitle file belong to no speech.

    Examples
    --------
    >>> parse_turns("#Anna: Yes.\\n#Ben: No.")
    [(0, 7, 11, 'Anna'), (12, 18, 21, 'Ben')]
    """
    labels = _speaker_labels(text)
    cues = [(m.start(), m.end(), "") for m in _CUE.finditer(text)] if _TIMES.search(text) else []
    if not labels and not cues:
        return [(m.start(), m.start(), m.end(), "") for m in re.finditer(r"[^\n]*\S[^\n]*", text)]
    marks = sorted([*labels, *cues])
    stops = [*(start for start, *_ in marks[1:]), len(text)]
    head = _trim(text, 0, marks[0][0])
    turns, speaker = ([(0, 0, head, "")] if head else []), ""
    for (start, speech, name), stop in zip(marks, stops, strict=True):
        speaker, end = name or speaker, _trim(text, start, stop)
        if name or end > speech:
            turns.append((start if name else speech, min(speech, end), end, speaker))
    return turns


def spoken_lines(text: str) -> str:
    """A subtitle file as a transcript: a line a turn, without times, the cues of one speaker joined.

    Examples
    --------
    >>> spoken_lines("00:01.000 --> 00:02.000\\n<v Ann>It was\\n\\n00:02.000 --> 00:03.000\\n<v Ann>fun")
    'Ann: It was fun'
    """
    text = canonical_text(text)
    lines: list[tuple[str, str]] = []
    for _, start, end, who in parse_turns(text):
        words = " ".join(re.sub(r"</?[a-z][^<>\n]{0,40}>", "", text[start:end]).split())
        last = lines.pop() if who and lines and lines[-1][0] == who else (who, "")
        lines.append((who, f"{last[1]} {words}".strip()))
    plain = "\n".join(f"{who}: {words}" if who else words for who, words in lines)
    told = [who for *_, who in parse_turns(plain)] == [who for who, _ in lines]
    return plain if told else "\n".join(f"<v {who}>{words}" if who else words for who, words in lines)


def _speaker_labels(text: str) -> list[tuple[int, int, str]]:
    """Labels as (line start, speech start, name), in the way of marking them that the text has."""
    matches = list(_LABEL.finditer(text))
    said = Counter(m["who"] for m in matches)
    names = {who for who in said if who and any(map(str.isalpha, who))}
    often: Counter[str] = Counter()
    for who in names:
        often[_unnumbered(who)] += said[who]
    plain = {who for who in names if " " not in who or often[_unnumbered(who)] > 1}
    # Beside other speakers a numbered one need not come back: "Girl 7:" speaks once, "Moderator:" asks.
    plain |= {who for who in names if plain and _NUMBERED.fullmatch(who)}
    labelled = [m for m in matches if m["who"] in plain or (m["who"] in names and (m["mark"] or m["age"]))]
    for group in _MARKED:
        labelled = labelled or [m for m in matches if m[group] and m[group][0].isupper()]
        if group in _MARKED[2:] and labelled and labelled[0][group]:
            lines = sum(bool(line.strip()) for line in text.splitlines()) / (2 if group == "timed" else 1)
            labelled = labelled if len(labelled) >= max(2, 0.8 * lines) else []
    return [(m.start(), m.end(), _labelled_name(m)) for m in labelled]


def _unnumbered(name: str) -> str:
    return name.rstrip("0123456789 ")


def _labelled_name(label: re.Match[str]) -> str:
    name = label["who"] or next(label[g] for g in _MARKED if label[g])
    return str(name).strip() + (label["age"] or "")


def _trim(text: str, start: int, stop: int) -> int:
    """The end of what stands there without blanks and the end of a voice tag behind it."""
    kept = text[start:stop].rstrip()
    return start + len(kept.removesuffix("</v>").rstrip())
