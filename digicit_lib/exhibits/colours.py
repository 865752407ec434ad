"""The colours and the font that figures, pages, PDF and Word share."""

import base64
import re
from functools import lru_cache
from pathlib import Path

from digicit_lib.safe import load_yaml

FAMILY = "Source Sans 3"
FONT_FILES = Path(__file__).parent / "fonts"  # Source Sans 3, under the Open Font License beside it
_CUTS = {"Regular": "400", "Italic": "400", "Bold": "700"}
COLOURS: dict[str, list[str]] = load_yaml(Path(__file__).with_name("colours.yaml"))[0]
_NAMES = {light: name for name, (light, _) in COLOURS.items()}
_USED = re.compile(r"(?<=: )#[0-9a-f]{6}\b")


def themed(svg: str) -> str:
    """A drawing whose colours a page may change for dark screens; its own stand where no page does.

    Examples
    --------
    >>> themed('<path style="fill: #12436d"/>')
    '<path style="fill: var(--figure-main, #12436d)"/>'
    """
    return _USED.sub(lambda m: f"var(--figure-{_NAMES[m[0]]}, {m[0]})" if m[0] in _NAMES else m[0], svg)


def colour_css(dark: bool = False) -> str:
    """The colours of figures as custom properties of a style sheet.

    Examples
    --------
    >>> colour_css().split(";")[0]
    '--figure-ink: #1b2430'
    """
    return "; ".join(f"--figure-{name}: {pair[dark]}" for name, pair in COLOURS.items())


@lru_cache
def font_css(*cuts: str) -> str:
    """Cuts of the font inside the style sheet, so that a page asks for nothing from outside."""
    return "\n".join(
        f"@font-face {{ font-family: '{FAMILY}'; font-weight: {_CUTS[cut]}; font-display: block; "
        f"font-style: {'italic' if cut == 'Italic' else 'normal'}; "
        f"src: url(data:font/woff2;base64,{_encoded(cut)}) format('woff2'); }}"
        for cut in cuts
    )


def _encoded(cut: str) -> str:
    return base64.b64encode((FONT_FILES / f"SourceSans3-{cut}.woff2").read_bytes()).decode()
