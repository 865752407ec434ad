"""Small SYNTHETIC frames for every kind of figure, and ways to look at what was drawn."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.exhibits import figures

RUSSIAN = (
    "Хотя бы одно препятствие для доступа: цена, слабый сигнал, нет устройства, запрет родителей или школы"
)
TURKISH = "İnterneti her gün veya neredeyse her gün, herhangi bir yerde ve herhangi bir cihazla kullanıyor"


def shares(*rows: tuple[str, str, str, float], **more: Any) -> pd.DataFrame:
    """Rows of (title, by, level, share) with an interval of four points each way."""
    made = [
        {
            "id": f"s/q/{title}/share/{by}={level}",
            "indicator": title,
            "title": title,
            "by": by,
            "level": level,
            "statistic": "share",
            "category": "",
            "period": "",
            "estimate": p,
            "ci_low": max(0, p - 0.04),
            "ci_high": min(1, p + 0.04),
            "n": 400,
            "unit": "share",
            **more,
        }
        for title, by, level, p in rows
    ]
    return pd.DataFrame(made)


def by_gender(*titles: str) -> pd.DataFrame:
    return shares(
        *(
            (t, "gender", g, 0.2 + 0.1 * i + 0.05 * (g == "boy"))
            for i, t in enumerate(titles)
            for g in ("girl", "boy")
        )
    )


def answers() -> pd.DataFrame:
    parts = {"girl": (0.1, 0.27, 0.63), "boy": (0.25, 0.35, 0.4), "other": (0.3, 0.3, 0.4)}
    rows = [
        shares(("Checks facts", "gender", level, p), category=answer)
        for level, ps in parts.items()
        for answer, p in zip(("no", "partly", "yes"), ps, strict=True)
    ]
    return pd.concat(rows, ignore_index=True)


def series(countries: int = 7, years: range = range(2005, 2021)) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "indicator": "NET",
            "title": "Internet users",
            "country": f"C{i}",
            "country_name": f"Country {i}",
            "period": str(year),
            "estimate": 20 + 2.0 * (year - 2005) + i,
            "unit": "% of people",
            "statistic": "value",
        }
        for i in range(countries)
        for year in years
        if not (i == 0 and year in (2010, 2011))
    )


def population() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "indicator": "POP",
            "title": "Population",
            "by": "gender,age",
            "level": f"{g},{a}",
            "unit": "count",
            "estimate": 6e6 - 2e5 * i,
            "statistic": "value",
        }
        for i, a in enumerate(("0-4", "5-9", "10-14"))
        for g in ("female", "male")
    )


def grid() -> pd.DataFrame:
    rows = [
        ("Help", "girls", 3.0, "ok"),
        ("Help", "boys", 0.0, "ok"),
        ("Fear", "girls", 7.0, "suppressed"),
        ("Fear", "boys", np.nan, "not_asked"),
        ("Learning", "girls", 12.0, "caution"),
    ]
    frame = pd.DataFrame(rows, columns=["title", "level", "estimate", "quality"])
    return frame.assign(indicator=frame["title"], by="group", unit="count")


def actors(count: int = 14) -> pd.DataFrame:
    names = (
        "Ministry of Education",
        "Telecom regulator",
        "Child helpline",
        "Parents' associations of the country",
    )
    return pd.DataFrame(
        {
            "title": f"{names[i % 4]} {i}",
            "category": ("state", "industry", "civil society")[i % 3],
            "influence": 1 + i % 5,
            "interest": 1 + (i * 2) % 4,
        }
        for i in range(count)
    )


def events() -> pd.DataFrame:
    rows = [
        ("Law on data", "law", "2016-04-07"),
        ("Schools closed", "education", "2020-03"),
        (TURKISH, "law", "2014"),
    ]
    return pd.DataFrame(rows, columns=["title", "category", "period"])


def saturation() -> pd.DataFrame:
    k = np.arange(1, 21)
    top = {
        "estimate": 20 * (1 - np.exp(-k / 5)),
        "ci_low": 20 * (1 - np.exp(-k / 7)),
        "ci_high": 20 * (1 - np.exp(-k / 4)),
    }
    return pd.DataFrame(
        {"indicator": "SAT", "title": "Themes", "level": k.astype(str), "unit": "themes", **top}
    )


def waves() -> pd.DataFrame:
    """Three questions in two waves, one of them hidden in the first."""
    rows = [
        *[("At home", "2012", 0.573), ("At home", "2018", 0.766)],
        *[("At school", "2012", 0.37), ("At school", "2018", 0.70)],
        *[("Hidden then", "2012", None), ("Hidden then", "2018", 0.4)],
    ]
    frame = pd.DataFrame(rows, columns=["title", "period", "estimate"]).assign(unit="share", n=900)
    frame = frame.assign(ci_low=frame["estimate"] - 0.02, ci_high=frame["estimate"] + 0.02)
    return frame.assign(indicator=frame["title"], quality=["ok"] * 4 + ["suppressed", "ok"])


def codes() -> pd.DataFrame:
    """Two themes with what hangs on them: one is no code itself, one branch hangs on a branch."""
    rows = [
        ("Help from adults", "Coping and help", 1, 10),
        ("A word with a teacher", "Coping and help", 2, 4),
    ]
    rows += [("Tells no one", "Coping and help", 1, 6), (TURKISH, TURKISH, 0, 3), (RUSSIAN, TURKISH, 1, 5)]
    frame = pd.DataFrame(rows, columns=["title", "branch", "depth", "estimate"])
    return frame.assign(indicator=frame["title"], estimate=frame["estimate"].astype(float), unit="count")


def search_flow() -> pd.DataFrame:
    """A search of which nobody wrote down how many were screened."""
    rows = [
        ("Records found", False, 64),
        ("Duplicates taken out", True, None),
        ("Records screened", False, None),
    ]
    rows += [(f"Left out after reading: {RUSSIAN}", True, 12), ("Sources kept", False, 9)]
    frame = pd.DataFrame(rows, columns=["title", "aside", "estimate"])
    return frame.assign(indicator=frame["title"], estimate=frame["estimate"].astype(float), unit="count")


FRAMES: dict[str, tuple[pd.DataFrame, dict[str, Any]]] = {
    "dots": (by_gender("Daily use", RUSSIAN, TURKISH), {}),
    "bars": (by_gender("Daily use", RUSSIAN), {"language": "ru"}),
    "pictogram": (by_gender("Daily use", TURKISH), {"letters": 12.5}),
    "stacked": (answers(), {}),
    "trend": (series(), {"unit": "% of people", "highlight": "C0"}),
    "country_dots": (series(years=range(2020, 2021)), {"unit": "% of people", "highlight": "Country 3"}),
    "pyramid": (population(), {"unit": "count"}),
    "matrix": (grid(), {"unit": "count"}),
    "tree": (codes(), {"unit": "count"}),
    "flow": (search_flow(), {"unit": "count", "language": "ru"}),
    "positions": (actors(), {"unit": ""}),
    "timeline": (events(), {"unit": "", "language": "tr"}),
    "slope": (waves(), {}),
    "curve": (saturation(), {"unit": "themes", "x_title": "interviews read"}),
}
WORDS = {
    "title": "Title of it",
    "subtitle": "Children aged 9 to 17",
    "source": "Source: invented",
    "slug": "it",
}


def made(kind: str, frame: pd.DataFrame | None = None, **how: Any) -> figures.Figure:
    own, options = FRAMES[kind]
    return figures.draw(kind, own if frame is None else frame, **{**WORDS, "number": 3, **options, **how})


@lru_cache
def standard(kind: str, synthetic: bool = False) -> figures.Figure:
    """The example of a kind, drawn once for all tests that only look at it."""
    return made(kind, synthetic=synthetic)


def drawn_text(svg: str) -> str:
    """All words of a drawing, lines joined."""
    return " ".join(
        text for text in (node.text for node in ET.fromstring(svg).iter()) if text and text.strip()
    )


def boxes_of(block: figures.Figure, texts: list[Any]) -> list[Any]:
    """Where texts stand, in pixels of the sheet."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(block.paper.figure).get_renderer()
    return [text.get_window_extent(renderer) for text in texts]


def axes(block: figures.Figure) -> Any:
    return block.paper.figure.axes[0]
