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
from digicit_lib.qualitative.model import canonical

UNITS = ("point", "utf16", "utf8")
CONVENTIONS = tuple(
    f"{unit}-{crlf}{bom}{end}"
    for end, bom, unit, crlf in product(("", "-inclusive"), ("", "-bom"), UNITS, ("crlf1", "crlf2"))
)
SAMPLE = 3000  # selections looked at: enough to tell, and under two seconds on any project
MIN_MARGIN, MIN_EDGES = 0.15, 4


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
        return cls(canonical(raw), pairs - np.arange(len(pairs)), bom)

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
        wanted = spans + ([0, 1] if convention.endswith("inclusive") else [0, 0])
        at = np.searchsorted(edges, wanted, side="right") - 1
        exact = (at >= 0) & (wanted <= edges[-1]) & (wanted >= 0)
        hit = np.maximum(at, 0)
        in_line_end = np.isin(hit, self.crlf) & (wanted - edges[hit] == 1)
        return np.where(exact & ((edges[hit] == wanted) | in_line_end), hit, -1)


def known(name: str) -> str:
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
    picked = _sample(texts, spans)
    found = {c: [texts[s].spans(c, spans[s]) for s in picked] for c in CONVENTIONS}
    flat = {c: np.concatenate(rows) if rows else np.zeros((0, 2), int) for c, rows in found.items()}
    distinct: dict[bytes, str] = {}
    for convention, rows in flat.items():
        distinct.setdefault(rows.tobytes(), convention)
    held = [(texts[s], quotes.get(s) or [""] * len(spans[s])) for s in picked]
    good = {c: _edges_fit(held, found[c]) for c in distinct.values()}
    stored = {c: _quotes_fit(held, found[c]) for c in distinct.values()}
    proven = np.any(list(stored.values()), axis=0) if stored else np.zeros(0, bool)
    good = {c: np.where(proven[:, None], stored[c][:, None], good[c]) for c in good}
    best, *others = sorted(good, key=lambda c: (-_score(good[c], good, c), CONVENTIONS.index(c)))
    if not len(flat[best]):
        return {"offsets": "not needed", "offsets_evidence": "no selection in a text that is there"}
    facts: dict[str, object] = {
        "offsets": best,
        "offsets_score": round(float(good[best].mean()), 4) if good[best].size else 1.0,
    }
    facts |= {
        "offsets_runner_up": "",
        "offsets_margin": None,
        "offsets_evidence": f"{len(flat[best])} selections",
    }
    for other in others:
        differ = flat[best] != flat[other]
        lead = int(good[best][differ].sum()) - int(good[other][differ].sum())
        margin = lead / max(int(differ.sum()), 1)
        excused = other.endswith("inclusive") and not best.endswith("inclusive")
        if (margin < MIN_MARGIN or lead < min(MIN_EDGES, differ.sum())) and not (
            excused and margin >= -MIN_MARGIN
        ):
            _refuse(best, other, margin)
        if facts["offsets_margin"] is None:
            facts |= {"offsets_runner_up": other, "offsets_margin": round(margin, 4)}
    return facts


def _score(hits: np.ndarray, every: Mapping[str, np.ndarray], convention: str) -> float:
    """Share of good edges; an inclusive end needs a clear lead to come first."""
    return float(hits.mean() if hits.size else 1.0) - (
        MIN_MARGIN if convention.endswith("inclusive") else 0.0
    )


def _refuse(best: str, other: str, margin: float) -> None:
    raise QualitativeError(
        "The file does not say what its text positions count, and its selections do not tell.",
        got=f"{best} leads {other} by {margin:.2f}",
        allowed=f"a lead of {MIN_MARGIN} on the edges where they differ",
        next=f"look at a few quotations in the program, then say offsets={best!r} or offsets={other!r}",
    )


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


Held = Sequence[tuple[Text, list[str]]]


def _edges_fit(held: Held, spans: Sequence[np.ndarray]) -> np.ndarray:
    """For each selection, whether its start and its end look like edges of words."""
    rows = [np.zeros((0, 2), bool)]
    for (text, _), at in zip(held, spans, strict=True):
        valid = (at[:, :1] >= 0) & (at[:, 1:] > at[:, :1])
        points = text.points
        rows.append(np.stack([_edge(points, at[:, i], i) for i in (0, 1)], axis=1) & valid)
    return np.concatenate(rows)


def _quotes_fit(held: Held, spans: Sequence[np.ndarray]) -> np.ndarray:
    """For each selection, whether the words stored beside it, perhaps cut short, are the words found."""
    fits = []
    for (text, quotes), at in zip(held, spans, strict=True):
        for quote, (start, end) in zip(quotes, at, strict=True):
            exact = text.text[start:end] if 0 <= start < end else " "
            words = "" if exact[0].isspace() or exact[-1].isspace() else " ".join(exact.split())
            short = " ".join(quote.removesuffix("…").removesuffix("...").split())
            fits.append(
                bool(short) and (words == short or (short != quote.strip() and words.startswith(short)))
            )
    return np.array(fits, dtype=bool)


def _edge(points: np.ndarray, at: np.ndarray, end: int) -> np.ndarray:
    """Whether a selection edge is the edge of a word: no word goes on across it, no blank inside it."""
    padded = np.concatenate([[32], points, [32]])
    before, after = padded[np.clip(at, 0, len(points))], padded[np.clip(at, 0, len(points)) + 1]
    inner = before if end else after
    return ~(_word(before) & _word(after)) & ~np.isin(inner, (9, 10, 13, 32, 0xA0))


def _word(points: np.ndarray) -> np.ndarray:
    kinds = np.unique(points)
    wordy = np.array(
        [chr(p).isalnum() if p < 0x110000 and not 0xD800 <= p < 0xE000 else False for p in kinds.tolist()],
        dtype=bool,
    )
    return wordy[np.searchsorted(kinds, points)]
