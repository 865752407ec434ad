"""How much of a page stays white: what a reader of a printed report sees first."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

RESOLUTION = 15.0  # dots an inch at which orders are tried: a line of text is two dots high
_LONG_SIDE = 297.0  # mm of a page
MOST = 0.2  # of the height of the text
MARGINS = {"report": (24.0, 20.0), "other": (16.0, 13.0)}  # mm at the head and at the foot
_INK = 245  # of 255: lighter is paper


def white_bands(pages: Sequence[bytes], kind: str = "report") -> list[float]:
    """The tallest band without ink of each page, as a share of the height between its margins.

    Parameters
    ----------
    pages : sequence of bytes
        PNG pictures of A4 pages, of any resolution.
    kind : {"report", "other"}
        Whose margins.

    Returns
    -------
    list of float
        From 0, a full page, to 1, an empty one.

    Examples
    --------
    >>> from PIL import Image
    >>> page, stream = Image.new("L", (124, 175), 255), io.BytesIO()
    >>> page.paste(0, (20, 0, 100, 88))
    >>> page.save(stream, "PNG")
    >>> [round(band, 1) for band in white_bands([stream.getvalue()])]
    [0.5]
    """
    bands = []
    for page in pages:
        dots = np.asarray(Image.open(io.BytesIO(page)).convert("L"))
        head, foot = (int(edge / _LONG_SIDE * max(dots.shape)) for edge in MARGINS[kind])
        dots = dots[head:-foot]
        inked = np.flatnonzero((dots < _INK).any(axis=1))
        bands.append(float(np.diff([-1, *inked, len(dots)]).max() - 1) / len(dots))
    return bands


def half_empty(pages: Sequence[bytes], kind: str = "report", most: float = MOST) -> list[int]:
    """Numbers of the pages with a white band of over a fifth; not the last, nor those beside a turned one."""
    sizes = [Image.open(io.BytesIO(page)).size for page in pages]
    turned = [width > height for width, height in sizes]
    return [
        number
        for number, band in enumerate(white_bands(pages, kind)[:-1], 1)
        if band > most and not turned[number - 1] and not turned[number]
    ]
