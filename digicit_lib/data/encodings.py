"""Text encodings: detected, and undone where a program took text for another encoding and saved it so."""

import codecs
import re

from digicit_lib.data.labels import word_lists
from digicit_lib.errors import DataError

# Encodings that survey files of these countries come in; the detector chooses among them.
ENCODINGS = tuple(word_lists()["encodings"])
LATIN_ALPHABETS = ENCODINGS[-3:]  # cp1254 is cp1252 but for six letters
BOMS = ((b"\xef\xbb\xbf", "utf_8_sig"), (b"\xff\xfe", "utf_16"), (b"\xfe\xff", "utf_16"))
SAMPLE_BYTES, SAMPLE_WORDS = 1 << 16, 400
TELLING_BYTES = 8
MISTAKEN = ("cp1252", "cp1251", "cp1254", "cp1250")  # what programs take text for that is another
WORD = re.compile(r"[^ \t\r\n,;|\"]+")
LATIN = re.compile(r"[À-ÿ¨¸]{3,}[.?!:]?")  # Cyrillic of one byte a letter that was taken for Latin
TURKISH = re.compile(r"(?=.*[þðÞÐ])(?=.*[ýÝ])[\x00-\x7fýþðÝÞÐçöüÇÖÜâîûÂÎÛ–—’‘“”…]+", re.S)  # cp1254, the same
UTF8 = ("utf_8", "utf_8_sig")


def _kept(error: UnicodeError) -> tuple[bytes, int]:
    """A byte that an encoding does not define passed through it as it was."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end].encode("latin-1"), error.end


codecs.register_error("digicit_kept", _kept)


def encoding_of(data: bytes, where: str | None = None) -> str:
    """The encoding of a text file, by its mark, by being valid UTF-8, else by charset-normalizer.

    Text that a program took for another encoding and saved again is `utf_8/cp1251/utf_8`: what it is saved
    in, what it was taken for, what it is.

    Raises
    ------
    DataError
        No text at all, or text that was garbled with the loss of letters.

    Examples
    --------
    >>> [encoding_of("Пол ребёнка;Возраст".encode(code)) for code in ("cp1251", "utf-8", "utf-16-le")]
    ['cp1251', 'utf_8', 'utf_16_le']
    >>> encoding_of("Возраст;Пол".encode().decode("latin-1").encode())
    'utf_8/cp1252/utf_8'
    """
    encoding = next((name for mark, name in BOMS if data.startswith(mark)), "utf_8")
    sample = data[:SAMPLE_BYTES]
    # UTF-16: the high byte of a letter is small, 0 of Latin, 4 of Cyrillic; a stray one tells nothing.
    first, second = (sum(map(sample[half::2].count, range(6))) for half in (0, 1))
    if encoding == "utf_8" and 5 * max(first, second) > 2 * len(sample):
        return "utf_16_le" if second > first else "utf_16_be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        _refuse_mixed(data, where)
        return detected(_telling(data), where)
    return encoding if text.isascii() else encoding + _garbled(text, where)


def _refuse_mixed(data: bytes, where: str | None) -> None:
    """A file put together from parts in two encodings: which lines are in the one that is rarer."""
    lines: dict[bool, list[int]] = {True: [], False: []}
    for number, line in enumerate(data.splitlines(), 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            lines[False].append(number)
        else:  # a few letters of another encoding may be valid UTF-8 by chance
            lines[True] += [number] if len(re.findall(rb"[\x80-\xff]", line)) >= TELLING_BYTES else []
    rarer = min(lines, key=lambda valid: len(lines[valid]))
    if lines[rarer]:
        named = ", ".join(map(str, lines[rarer][:5]))
        got = f"{len(lines[rarer])} {'in' if rarer else 'not in'} UTF-8, such as {named}"
        hint = "export the file again in one encoding, best as UTF-8"
        raise DataError("The lines of the file are in two encodings.", where=where, got=got, next=hint)


def _garbled(text: str, where: str | None) -> str:
    """What a text was taken for and what it is, as the end of an encoding; empty: it is as it was meant."""
    words = [word for word in dict.fromkeys(WORD.findall(text)) if not word.isascii()][:SAMPLE_WORDS]
    for mistaken in MISTAKEN:
        if 2 * sum(_undone(word, mistaken) != "" for word in words) > len(words):
            if not _undone(text, mistaken):
                what = "The text of the file lost letters when a program took UTF-8 for another encoding."
                hint = "export it from its source again, as UTF-8"
                raise DataError(what, where=where, got=f"UTF-8 that was taken for {mistaken}", next=hint)
            return f"/{mistaken}/utf_8"
    if 2 * sum(bool(LATIN.fullmatch(word)) for word in words) > len(words):
        return "/cp1252/" + detected("\n".join(words).encode("cp1252", "digicit_kept"))
    return "/cp1252/cp1254" if TURKISH.fullmatch("".join(words)) else ""


def _undone(text: str, mistaken: str) -> str:
    try:
        return text.encode(mistaken, "digicit_kept").decode("utf-8")
    except UnicodeError:
        return ""


def detected(data: bytes, where: str | None = None) -> str:
    """The likeliest of the encodings that such files have, by charset-normalizer.

    Raises
    ------
    DataError
    """
    from charset_normalizer import from_bytes

    words = re.findall(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*", data)
    mixed = sum(bool(re.search(rb"[A-Za-z]", word)) for word in words)  # such words are of no Cyrillic text
    among = LATIN_ALPHABETS if 2 * mixed > len(words) else ENCODINGS
    best = from_bytes(data, cp_isolation=list(among)).best()
    if best is None:
        what = "The text of the file is in no encoding that digicit knows."
        hint = "write the encoding under data.survey.files, or save the file as UTF-8"
        raise DataError(what, where=where, allowed="UTF-8, " + ", ".join(ENCODINGS), next=hint)
    return str(best.encoding)


def _telling(data: bytes) -> bytes:
    """The words that hold more than ASCII, each once: the rest tells nothing of an encoding."""
    words = dict.fromkeys(re.findall(rb"[A-Za-z\x80-\xff ]+", data[: 64 * SAMPLE_BYTES]))
    return b"\n".join(text for text in words if not text.isascii())[:SAMPLE_BYTES]


def in_utf8(data: bytes, encoding: str, where: str) -> bytes:
    """The text of a file as UTF-8.

    Raises
    ------
    DataError
        An encoding that does not fit.
    """
    saved, *garbled = encoding.split("/")
    try:
        text = data.decode(saved)
        if garbled:
            mistaken, meant = garbled
            text = text.encode(mistaken, "digicit_kept").decode(meant)
    except (ValueError, LookupError):
        what = "The file is not in the encoding that is named."
        hint = "correct or delete `encoding` under data.survey.files"
        raise DataError(what, where=where, got=encoding, next=hint) from None
    data = data if encoding in UTF8 else text.encode()
    return (data.replace(b"\0", b"") if b"\0" in data else data).removeprefix(BOMS[0][0])
