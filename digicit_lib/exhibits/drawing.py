"""A drawing that can stand inside a page or a PDF: drawing elements only, own ids, nothing fetched."""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import unescape
from xml.etree import ElementTree as ET

from digicit_lib.errors import DigicitError
from digicit_lib.safe import html

PNG_DPI = 150  # of a drawing as a picture, for slides and screens
_ELEMENTS = """
    svg g defs title desc path rect circle ellipse line polyline polygon text tspan textPath use symbol
    clipPath mask marker linearGradient radialGradient stop pattern image style switch
"""
_ALLOWED = frozenset(_ELEMENTS.split())
_PROLOGUE = re.compile(r"<!DOCTYPE[^>\[]*(\[[^\]]*\])?[^>]*>|<\?xml[^>]*\?>|[\u202a-\u202e\u2066-\u2069]")
_URL = re.compile(r"url\(\s*[\"']?#([^)\"'\s]*)[\"']?\s*\)", re.I)
_FETCHES = re.compile(r"@import|image-set|src\(|url\((?!\s*[\"']?#)|\\", re.I)


@lru_cache(maxsize=128)  # a report shows a drawing on several pages and in several files
def sanitise_svg(svg: str, prefix: str, alt: str = "") -> str:
    """The drawing without script, handlers and outside addresses; its ids begin with `prefix`.

    Parameters
    ----------
    svg : str
        As matplotlib writes it.
    prefix : str
        Before each id, so that two drawings of a page never share one.
    alt : str
        What the drawing shows, for those who do not see it.

    Returns
    -------
    str
        One `svg` element.

    Raises
    ------
    DigicitError
        When the text is not SVG.

    Examples
    --------
    >>> sanitise_svg('<svg onload="x()" viewBox="0 0 1 1"><script>x()</script><g id="a"/></svg>', "f1-")
    '<svg viewBox="0 0 1 1" xmlns="http://www.w3.org/2000/svg"><g id="f1-a" /></svg>'
    """
    root = _parse(svg, prefix)
    for node in root.iter():
        for child in [c for c in node if not isinstance(c.tag, str) or _local(c.tag) not in _ALLOWED]:
            node.remove(child)
        node.tag, node.attrib = _local(node.tag), _attributes(node.attrib, prefix)
        if node.tag == "style" and _FETCHES.search(node.text or ""):
            node.text = ""
    root.set("xmlns", "http://www.w3.org/2000/svg")
    if alt:
        root.attrib |= {"role": "img", "aria-label": unescape(html(alt))}
    return ET.tostring(root, encoding="unicode")


def _parse(svg: str, prefix: str) -> ET.Element:
    """The root element; a document type, and with it every entity, is cut off first."""
    where = prefix.strip("-") or None
    try:
        root = ET.fromstring(_PROLOGUE.sub("", svg))
    except ET.ParseError as error:
        raise DigicitError("A drawing is not well-formed SVG.", where=where) from error
    if _local(root.tag) != "svg":
        raise DigicitError("A drawing is not SVG.", where=where, got=_local(root.tag))
    return root


def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1]


def _attributes(attributes: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Without handlers and outside addresses; ids and what points at them get the prefix."""
    values = {_local(name): value for name, value in attributes.items()}
    allowed = {
        name: _pointing(name, value, prefix) for name, value in values.items() if _is_harmless(name, value)
    }
    if "id" in allowed:
        allowed["id"] = prefix + allowed["id"]
    return allowed


def _is_harmless(name: str, value: str) -> bool:
    if name == "href":
        return re.match(r"#|data:image/(png|jpeg);base64,", value) is not None
    return not name.lower().startswith("on") and name != "base" and not _FETCHES.search(value)


def _pointing(name: str, value: str, prefix: str) -> str:
    if name == "href" and value.startswith("#"):
        return f"#{prefix}{value[1:]}"
    return _URL.sub(lambda match: f"url(#{prefix}{match[1]})", value)
