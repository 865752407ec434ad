"""Where the catalogues of translations stand, which languages there are, and their plural forms."""

from __future__ import annotations

from pathlib import Path

from digicit_lib.errors import DigicitError, LanguageError, did_you_mean
from digicit_lib.project import find_root

LANGUAGES = ("en", "ru", "uk", "tr")  # that ship
LOCALE = Path(__file__).parents[1] / "codebooks" / "locale"

# CLDR's forms: one, few, many and other (which fractions take) in Russian and Ukrainian, where gettext's own
# tables know whole numbers only; Turkish words after a number never change.
_SLAVIC = (
    4,
    "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : "
    "n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14) ? 2 : 3)",
)
_PLURALS = {"en": (2, "(n != 1)"), "ru": _SLAVIC, "uk": _SLAVIC, "tr": (1, "0")}


def locale_folders() -> list[Path]:
    """Where catalogues stand: the project's own `locale/`, then those that ship."""
    try:
        return [find_root() / "locale", LOCALE]
    except DigicitError:
        return [LOCALE]


def catalogue_file(language: str) -> Path | None:
    """The catalogue of a language, the project's before the one that ships; None where there is none."""
    files = (folder / language / "digicit.po" for folder in locale_folders())
    return next((file for file in files if file.is_file()), None)


def languages() -> tuple[str, ...]:
    """The languages that ship, then those that the project has a folder for.

    Examples
    --------
    >>> languages()[:4]
    ('en', 'ru', 'uk', 'tr')
    """
    more = {file.parent.name for folder in locale_folders() for file in folder.glob("*/digicit.po")}
    return (*LANGUAGES, *sorted(more - {*LANGUAGES}))


def check_language(code: str) -> str:
    """The code itself, or an error with the likeliest meant one.

    Examples
    --------
    >>> check_language("tr")
    'tr'
    """
    if code in LANGUAGES or code in (codes := languages()):
        return code
    hint = did_you_mean(code, codes) or f"digicit translate {code} begins a new one"
    raise LanguageError("Unknown language.", got=code, allowed=", ".join(codes), next=hint)


def plural_forms(language: str) -> tuple[int, str]:
    """How many plural forms a language has, and gettext's rule for which one a whole number takes.

    Examples
    --------
    >>> [plural_forms(code)[0] for code in ("en", "ru", "uk", "tr")]
    [2, 4, 4, 1]
    """
    if language in _PLURALS:
        return _PLURALS[language]
    from babel.messages.plurals import get_plural

    rule = get_plural(language)
    return rule.num_plurals, rule.plural_expr
