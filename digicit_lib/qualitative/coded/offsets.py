"""Text offsets: no file says what its positions count, so the convention is found by evidence, or refused.

A convention is ``unit-crlf[-bom][-inclusive]``: unit ``point`` (Unicode code point), ``utf16`` or ``utf8``;
``crlf1`` or ``crlf2``, how many a CRLF line end counts; ``bom`` where the byte order mark counts too;
``inclusive`` where the end is the last character and not the one after.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from digicit_lib.errors import QualitativeError, suggest
from digicit_lib.qualitative.coded.turns import canonical_text

UNITS = ("point", "utf16", "utf8")
CONVENTIONS = tuple(
    f"{unit}-{crlf}{bom}{end}"
    for end, bom, unit, crlf in product(("", "-inclusive"), ("", "-bom"), UNITS, ("crlf1", "crlf2"))
)
SAMPLE = 3000  # selections looked at: enough to tell, and under two seconds on any project
MIN_MARGIN, MIN_SURE = 0.15, 2.0  # a lead an edge, and in its standard errors
MIN_SCORE = 0.7  # less than this fits no one's way of selecting words
TINY = 16  # edges of a project of few selections
UNSEEN = 0.15  # what a way of counting that was never met starts behind


@dataclass(frozen=True)
class Text:
    """A source's canonical text and what was taken from the file to make it."""

    text: str
    crlf: np.ndarray  # places of line feeds that had a carriage return before
    bom: bool

    @classmethod
    def of(cls, raw: str) -> Text:
        """From the file's text with its byte order mark and line ends."""
        bom = raw.startswith("\ufeff")
        raw = raw[bom:]
        pairs = np.array([m.start() for m in re.finditer("\r\n", raw)], dtype=np.int64)
        # Each pair before it took one character out of the canonical text.
        return cls(canonical_text(raw), pairs - np.arange(len(pairs)), bom)

    @property
    def points(self) -> np.ndarray:
        """Code points; not kept, since four bytes a character add up."""
        return np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype="<u4")

    def edges(self, convention: str) -> np.ndarray:
        """The file's position of each character, and of the end."""
        unit, crlf, *rest = convention.split("-")
        points = self.points
        size = np.ones(len(points), dtype=np.int64)
        for limit in {"utf16": (0xFFFF,), "utf8": (0x7F, 0x7FF, 0xFFFF)}.get(unit, ()):
            size += points > limit
        if crlf == "crlf2":
            size[self.crlf] += 1
        first = {"utf8": 3}.get(unit, 1) if self.bom and "bom" in rest else 0
        return first + np.concatenate([[0], np.cumsum(size)])

    def spans(self, convention: str, spans: np.ndarray) -> np.ndarray:
        """Spans of the file as spans of the canonical text; -1 where a position is none of the text's.

        A position between the two characters of a line end counts as the line end.
        """
        edges = self.edges(convention)
        bounds = spans + ([0, 1] if convention.endswith("inclusive") else [0, 0])
        at = np.searchsorted(edges, bounds, side="right") - 1
        exact = (at >= 0) & (bounds <= edges[-1]) & (bounds >= 0)
        hit = np.maximum(at, 0)
        in_line_end = np.isin(hit, self.crlf) & (bounds - edges[hit] == 1)
        return np.where(exact & ((edges[hit] == bounds) | in_line_end), hit, -1)


def offset_convention(name: str) -> str:
    """`auto` or the convention of that name, or an error with the likeliest one."""
    if name not in ("auto", *CONVENTIONS):
        near = suggest(name, CONVENTIONS)
        raise QualitativeError(
            "Unknown offset convention.", got=name, allowed=", ".join(CONVENTIONS[:6]), next=near
        )
    return name


def detect(
    texts: Mapping[str, Text], spans: Mapping[str, np.ndarray], quotes: Mapping[str, list[str]]
) -> dict[str, object]:
    """The convention that the selections speak for.

    Evidence is, for each selection, whether the words stored beside it are the words found, and whether it
    begins and ends at the edge of a word. Only edges that two conventions place differently can tell them
    apart. An inclusive end is never seen in a real file, so it must win where the exclusive one fails.

    Parameters
    ----------
    texts, spans, quotes : mappings of source
        Texts, an array of (start, end) each, and the stored words of each selection or "".

    Returns
    -------
    dict
        ``offsets, offsets_score, offsets_runner_up, offsets_margin, offsets_evidence``.

    Raises
    ------
    QualitativeError
        Two conventions cut the texts differently and the evidence does not tell which is right.
    """
    # A selection of nothing tells nothing.
    long = {source: at[:, 1] > at[:, 0] for source, at in spans.items()}
    quotes = {s: [q for q, ok in zip(quotes[s], long[s], strict=True) if ok] for s in quotes}
    spans = {s: at[long[s]] for s, at in spans.items()}
    documents = [(texts[s], quotes.get(s) or [""] * len(spans[s]), spans[s]) for s in _sample(texts, spans)]
    if not documents:
        return {"offsets": "not needed", "offsets_evidence": "no selection in a text that is there"}
    spans_by_convention = {c: [text.spans(c, at) for text, _, at in documents] for c in CONVENTIONS}
    flat = {c: np.concatenate(rows) for c, rows in spans_by_convention.items()}
    distinct = {rows.tobytes(): c for c, rows in reversed(flat.items())}
    good = _scores(documents, {c: spans_by_convention[c] for c in distinct.values()})
    best, *others = sorted(good, key=lambda c: (UNSEEN * _odd(c) - good[c].mean(), CONVENTIONS.index(c)))
    leads = {other: _lead(best, other, good, flat[best] != flat[other]) for other in others}
    second = next((c for c in leads if _odd(c) <= _odd(best)), next(iter(leads), None))
    return {
        "offsets": best,
        "offsets_score": round(float(good[best].mean()), 4),
        "offsets_runner_up": second or "",
        "offsets_margin": round(leads[second], 4) if second else None,
        "offsets_evidence": f"{len(flat[best])} selections",
    }


def _odd(convention: str) -> int:
    """How many things it counts that no real file was found to count: mark, inclusive end."""
    return convention.count("-") - 1


def _lead(best: str, other: str, good: Mapping[str, np.ndarray], differ: np.ndarray) -> float:
    """How much better `best` fits, an edge that differs; an error unless that is enough."""
    gain = good[best][differ] - good[other][differ]
    margin = float(gain.mean())
    sure = float(gain.sum() / max(np.sqrt((gain**2).sum()), 1e-9))
    if _odd(other) > _odd(best):
        enough = margin >= 0
    elif _odd(best) > _odd(other):
        enough = margin >= 2 * MIN_MARGIN and sure >= MIN_SURE + 1
    else:
        # Few selections: the one that fits everywhere stands where the other cuts two edges or more.
        cut = int((good[other][differ] == 0).sum())
        clear = 4 <= good[best].size <= TINY and bool((good[best] == 1).all()) and cut >= 2
        enough = margin >= MIN_MARGIN and (sure >= MIN_SURE or clear)
    if not enough or good[best].mean() < MIN_SCORE:
        raise QualitativeError(
            "The file does not say what its text positions count, and its selections do not tell.",
            got=f"{best} fits {good[best].mean():.2f}, {margin:.2f} ({sure:.1f} s.e.) before {other}",
            allowed=f"a fit of {MIN_SCORE}, a lead of {MIN_MARGIN} and {MIN_SURE} s.e. where they differ",
            next=f"look at a few quotations in the program, then say offsets={best!r} or offsets={other!r}",
        )
    return margin


def _sample(texts: Mapping[str, Text], spans: Mapping[str, np.ndarray]) -> list[str]:
    """Sources to look at: those first whose text makes conventions differ, up to SAMPLE selections."""

    def telling(source: str) -> bool:
        text = texts[source]
        return bool(len(text.crlf) or text.bom or not text.text.isascii())

    order = sorted((s for s in spans if s in texts and len(spans[s])), key=lambda s: not telling(s))
    total, picked = 0, []
    for source in order:
        if total >= SAMPLE:
            break
        total += len(spans[source])
        picked.append(source)
    return picked


Held = Sequence[tuple[Text, list[str], np.ndarray]]


def _scores(documents: Held, spans_by_convention: Mapping[str, list[np.ndarray]]) -> dict[str, np.ndarray]:
    """For each convention and edge how right it looks; words stored with a selection prove both its edges."""
    edges = {c: _edges_fit(documents, spans) for c, spans in spans_by_convention.items()}
    stored = {c: _quotes_fit(documents, spans) for c, spans in spans_by_convention.items()}
    proven = np.any(list(stored.values()), axis=0)
    return {c: np.where(proven[:, None], stored[c][:, None], edges[c]) for c in spans_by_convention}


def _edges_fit(documents: Held, spans: Sequence[np.ndarray]) -> np.ndarray:
    """For each selection, how much its start and its end look like edges of words."""
    rows = []
    for (text, _, _), at in zip(documents, spans, strict=True):
        valid = (at[:, :1] >= 0) & (at[:, 1:] > at[:, :1])
        points = text.points
        rows.append(np.stack([_edge(points, at[:, i], i) for i in (0, 1)], axis=1) * valid)
    return np.concatenate(rows)


def _quotes_fit(documents: Held, spans: Sequence[np.ndarray]) -> np.ndarray:
    """For each selection, whether the words stored beside it, perhaps cut short, are the words found."""
    fits = []
    for (text, quotes, _), at in zip(documents, spans, strict=True):
        for quote, (start, end) in zip(quotes, at, strict=True):
            exact = text.text[start:end] if 0 <= start < end else " "
            words = "" if exact[0].isspace() or exact[-1].isspace() else " ".join(exact.split())
            short = " ".join(quote.removesuffix("…").removesuffix("...").split())
            cut = short != quote.strip() and words.startswith(short)
            fits.append(bool(short) and (words == short or cut))
    return np.array(fits, dtype=bool)


def _edge(points: np.ndarray, at: np.ndarray, end: int) -> np.ndarray:
    """1 at the edge of a word, 0 where a word goes on across it or a blank begins it, 1/2 after a blank."""
    padded = np.concatenate([[32], points, [32]])
    before, after = padded[np.clip(at, 0, len(points))], padded[np.clip(at, 0, len(points)) + 1]
    blank = np.isin(before if end else after, (9, 10, 13, 32, 0xA0))
    # People do take the blank behind their words along, hardly ever the one before.
    return ~(_word(before) & _word(after)) * np.where(blank, 0.5 * end, 1.0)


def _word(points: np.ndarray) -> np.ndarray:
    kinds = np.unique(points)
    wordy = np.array(
        [chr(p).isalnum() if p < 0x110000 and not 0xD800 <= p < 0xE000 else False for p in kinds.tolist()],
        dtype=bool,
    )
    return wordy[np.searchsorted(kinds, points)]
