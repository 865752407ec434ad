"""What a line of its own asks for: each directive is a function of the product, the words and the heading."""

import re
from collections.abc import Callable
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.codebook import catalogue, split_id
from digicit_lib.codebook.frames import short_of
from digicit_lib.errors import EvidenceError
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_, number
from digicit_lib.language.codes import label_table
from digicit_lib.params.asks import read_asks
from digicit_lib.products.authored import read_arguments
from digicit_lib.products.choice import slot_names
from digicit_lib.products.gate import CORE
from digicit_lib.products.how_made import print_how
from digicit_lib.products.kinds import KINDS
from digicit_lib.products.page_parts import Sheet
from digicit_lib.products.recommendations import Recommendation
from digicit_lib.products.rights_map import side
from digicit_lib.products.rights_page import articles_text, norms_text, print_laws, print_rights
from digicit_lib.products.templates import Piece, load_template
from digicit_lib.safe import slug
from digicit_lib.workbook.closing import help_services
from digicit_lib.workbook.findings import TOKEN, Part, attribution_text, render, value
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_guards import BREAKDOWNS, level_words

ROW = re.compile(r"([A-Z]{3}-(?:\d\d|[A-Z])(?:@\w+)?): ?(.+)")
# What is said where the statements know one side only: nothing of the kind was asked, or none may be printed.
ALONE = {
    ("opportunities", False): N_("Opportunities were not asked in this survey."),
    ("risks", False): N_("Risks were not asked in this survey."),
    ("opportunities", True): N_("What was asked about opportunities may not be printed here."),
    ("risks", True): N_("What was asked about risks may not be printed here."),
}
Directive = Callable[["Sheet", str, Piece | None, list[Piece]], None]


def needs_evidence(piece: Piece) -> bool:
    """Whether a piece prints only what the study holds: a section of such pieces alone may go."""
    if piece.kind == "directive":
        return piece.text not in ("help", "how", "numbers", "balance")
    return bool(TOKEN.search(piece.text))


# --- numbers --------------------------------------------------------------------------------------------


def draw_exhibit(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """A figure of the rows that are named, or of the levels that the product says and that share a base."""
    title = heading.text if heading else product.template.title
    if rows:
        measured = [row for row in rows if product.whole(row)]
        labels = {n: text.strip() for n, _, text in (product.say(r.text).partition(":") for r in measured)}
        pairs = [(product.find(_tail(name, words)), text) for name, text in labels.items()]
        if len({_base(product, e) for e, _ in pairs}) > 1:
            what, got = "One figure mixes respondents who were asked with different bases.", ", ".join(labels)
            raise EvidenceError(what, got=got, next="one figure for each base")
    else:
        pairs = _levels(product)
    if len(pairs) > 1:  # one number is a sentence, not a figure
        product.figure(_chart(product, pairs), title=title)


def _levels(product: Sheet) -> list[tuple[Estimate, str]]:
    """Shares that the product says, of the base that most of them have."""
    levels = [(one.level, one.statement.indicator) for one in product.statements if one.level]
    pairs = [(e, short_of(product.choice.forms[n], product.language)) for e, n in levels if e.unit == "share"]
    bases = [_base(product, e) for e, _ in pairs]
    most = max(bases, key=bases.count, default="")
    return [pair for pair, base in zip(pairs, bases, strict=True) if base == most]


def _base(product: Sheet, estimate: Estimate) -> str:
    of = product.choice.forms.get(estimate.indicator)
    return of.people if of else estimate.base


def group_of(product: Sheet, estimate: Estimate) -> str:
    """The group that a number is of, such as "Age group 9–11"; nothing where it is of all."""
    breakdown = product.say(BREAKDOWNS.get(estimate.by) or estimate.by.replace("_", " ").capitalize())
    return f"{breakdown} {estimate.level.replace('-', '–')}" if estimate.by else ""


def _chart(product: Sheet, pairs: list[tuple[Estimate, str]]) -> Result:
    rows = [asdict(e) | {"title": text, "level_label": e.level} for e, text in pairs]
    first = pairs[0][0]
    texts = list(dict.fromkeys(e.base for e, _ in pairs))
    base = product.say(texts[0] if len(texts) == 1 else _base(product, first))
    more = [] if len(texts) == 1 else [product.say("ages differ: see the table of the numbers")]
    subtitle = " · ".join(filter(None, [group_of(product, first), base, *more]))
    shares = all(e.unit == "share" for e, _ in pairs)
    kind, options = (
        ("pictogram", {"letters": product.kind.letters}) if product.kind.words and shares else ("dots", {})
    )
    return Result(pd.DataFrame(rows), "", kind, subtitle, first.unit, product.source, options=options)


def print_numbers(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """What stands behind the numbers of the sentences: question, interval, base, answers."""
    cited = [estimate for estimate in product.cited.values() if estimate.kind == "estimate"]
    if not cited:
        return
    heads = (N_("What was asked"), N_("Value [interval]"), N_("Who was asked"), N_("Answers"))
    level = value(cited[0].confidence_level, "share", product.language)
    wave = product.say(str(product.params.study.wave))
    note = product.say("Wave: {wave}. Interval: {level}.", wave=wave, level=level)
    note += f" {product.say('( ) read with caution')}." if any(e.quality == "caution" for e in cited) else ""
    # A question stands once, over its numbers.
    firsts = list(dict.fromkeys(e.question or e.title for e in cited))
    cited.sort(key=lambda e: firsts.index(e.question or e.title))
    product._grid(N_("The numbers on these pages"), heads, [_number(product, e) for e in cited], note)


def _number(product: Sheet, estimate: Estimate) -> list[dict[str, Any]]:
    question = product.say(estimate.question) if estimate.question else product._title_of(estimate)
    words = "; ".join([product.say(estimate.base), *_groups(product, estimate)])
    texts = (words, number(estimate.n, product.language))
    cell = product._cell(estimate, product._value(estimate), estimate.estimate)
    return [product._cell(estimate, question), cell, *(product._cell(estimate, text) for text in texts)]


def _groups(product: Sheet, estimate: Estimate) -> list[str]:
    """The groups of an estimate; one whose level says little alone has its breakdown's name before it."""
    pairs = zip(estimate.by.split(","), estimate.level.split(","), strict=False) if estimate.by else ()
    texts = []
    for by, level in pairs:
        words = level_words(level, product.params.population.ages)
        words = product.voice.lower(product.say(words)).replace("-", "–")
        name = product.voice.lower(product.say(BREAKDOWNS.get(by, by)))
        texts.append(words if by == "gender" else f"{name}: {words}")
    return texts


def print_balance(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """Where the numbers know opportunities or risks alone, the other side is named."""
    sides, sides_asked = product.sides(), {side(form) for form in product.choice.forms.values()}
    if any(form.section == "activities" and not side(form) for form in product.choice.forms.values()):
        sides = sides and {*sides, "opportunities"}  # activities that nobody has called good or bad
    for name in {"opportunities", "risks"} - sides if sides else ():
        product.note(ALONE[name, name in sides_asked])


# --- help, how, sources ---------------------------------------------------------------------------------


def print_help(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    rows_of_help = help_services(product.params, product.voice, product.synthetic)
    product.show({"kind": "definitions", "title": None, "rows": rows_of_help, "stated": True})


def print_sources(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    sources = {str(row["source"]) for row in product.evidence.rows.values() if row["source"]}
    norms = N_("Convention on the Rights of the Child (1989); General Comment 25 (2021), CRC/C/GC/25")
    data = ([product.say("Data"), product.say(text)] for text in sorted(sources))
    body = [[product.say("Norms"), product.say(norms)], *data]
    block = {"kind": "definitions", "title": product.say(N_("Sources")), "rows": body}
    product.show({**block, "stated": True})


# --- what people wrote ----------------------------------------------------------------------------------


def print_asks(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """What children of this study ask for, as recorded and approved; nothing where nothing is."""
    if product.asks:
        product.bullets([a.told(product.voice.date(a.day)) for a in product.asks])


def print_arguments(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """Arguments of named authors, set apart: those of the keys that are named, or all."""
    for key in words.split() or product.arguments:
        if key in product.arguments:
            argument = product.arguments[key]
            title = product.say("Argument of {names}", names=", ".join(argument.authors))
            for text in argument.paragraphs:
                _argue(product, title, text)


def _argue(product: Sheet, title: str, text: str) -> None:
    if TOKEN.search(text):
        parts = render(text, product.find, product.language)
        product._found(text, [f"{title}: ", *parts], key=False)
    else:
        product.note(text, title=title)


def print_recommendations(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """Recommendations whose gap was measured, each with its duty bearer, evidence, norm and measure."""
    if product.recommended:
        heads = tuple(label_table("recommendations").values())
        title = N_("Recommendations: who is asked, and where the gap lies")
        product._grid(title, heads, [_asked(product, one) for one in product.recommended])
        _chosen_from(product)


def _asked(product: Sheet, one: Recommendation) -> list[Any]:
    """The row of a recommendation: where its gap begins, and who says so, beside the number beyond it."""
    short = short_of(product.choice.forms[one.statement.indicator], product.language)
    level = next(e for e in product.choice.tell(one.statement).estimates if e.id == one.statement.id)
    limit = value(one.threshold, "%" if level.unit == "share" else level.unit, product.language)
    begins = product.say(
        "The gap begins at {limit}; the whole interval lies beyond it.",
        limit=f"{limit} ({product.say(product.params.thresholds.source)})",
    )
    product.cited[level.id] = product.use(level)
    return [
        product.say(one.action),
        product.say(one.duty_bearer),
        product._cell(level, f"{short}: {product._value(level)}", level.estimate),
        product._cell(level, begins, level.estimate),
        norms_text(product, one.crc, one.gc25),
        product.say("the same number in the next wave of this study"),
        product.say("to be set by the authors"),
    ]


def _chosen_from(product: Sheet) -> None:
    """From how many recommendations these were chosen."""
    first = product.recommended[0].statement.id
    count: Part = {
        "text": number(product.gauged, product.language),
        "id": first,
        "value": float(product.gauged),
    }
    message = N_(
        "Recommendations whose gap was measured: {n}; these are chosen from them, the largest gap first."
    )
    product._found(message, product._filled(message, {"n": count}), key=False)


# --- voices ---------------------------------------------------------------------------------------------


def print_voices(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """For each code its first approved quotation, a child's where there is one; else nothing."""
    quotes = product.published.said("quotation")
    for code in words.split():
        matching = sorted((s for s in quotes if s["code"] == code), key=lambda s: s["role"] != "child")
        if matching:
            _quote(product, matching[0])


def _quote(product: Sheet, quote: dict[str, Any]) -> None:
    translation = quote["translation"] if quote["lang"] != product.language else ""
    block = {key: quote[key] for key in ("text", "lang", "id", "synthetic")}
    block |= {"attribution": attribution_text(quote["attribution"], product.voice)}
    more = {"translation": translation or None, "translator": quote["translator"] if translation else None}
    product.show({"kind": "quotation", **block, **more})


def print_points(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """Theme by theme: what children said beside what the survey measured on the same topic."""
    quotes = [s for s in product.published.said("quotation") if s["role"] == "child"]
    for theme in dict.fromkeys(s["theme"] for s in quotes):
        _theme_counts(product, theme)
        _point(product, theme, [s for s in quotes if s["theme"] == theme])


def _counted(product: Sheet, theme: str) -> tuple[str, str]:
    """What is known of a theme: groups, of those where it was raised or, where that is not noted, of all."""
    rows = product.published.frames["qualitative"]
    here = rows["indicator"] == f"T-{theme}"
    return ("groups", "raised" if "raised" in set(rows.loc[here, "statistic"]) else "coded")


def _theme_counts(product: Sheet, theme: str) -> None:
    keys = _counted(product, slug(theme))
    counts = {key: product.published.find(f"T-{slug(theme)}/{key}/all") for key in keys}
    if not all(product.gate.passes(product.use(e)) for e in counts.values()):
        return
    message = N_("{theme} came up in {groups} of {raised} discussions and interviews where it was raised.")
    if "coded" in keys:
        message = N_("{theme} came up in {groups} of {coded} discussions and interviews.")
    parts: dict[str, Any] = {
        key: product._cell(e, number(e.estimate, product.language), e.estimate) for key, e in counts.items()
    }
    parts["theme"] = product.say(theme)
    product._found(theme, product._filled(message, parts), key=False)


def _point(product: Sheet, theme: str, quotes: list[dict[str, Any]]) -> None:
    body: list[list[Any]] = []
    for code in dict.fromkeys(s["code"] for s in quotes):
        voices = [s for s in quotes if s["code"] == code]
        figures = [product.figure_cell(e) for e in _printed(product, voices[0]["indicators"])]
        pairs = list(zip_longest([_voice_cell(product, s) for s in voices], figures, fillvalue=""))
        head = f"{product.say(voices[0]['label'])}{articles_text(product, voices[0]['articles'])}"
        heads = [head, *[""] * (len(pairs) - 1)]
        body += [[head, *pair] for head, pair in zip(heads, pairs, strict=True)]
    title = product.say("{theme}: voices and figures", theme=product.say(theme))
    columns = (N_("Point"), N_("What children said"), N_("What the figures say"))
    product._grid(title, columns, body, spread=product.say(theme))


def _printed(product: Sheet, names: list[str]) -> list[Estimate]:
    """The numbers of some indicators that may be printed, in the survey's own forms."""
    forms = [form for name in names for form in product.choice.forms_of(str(name))]
    rows = [product.choice.levels.get((form, "", "")) for form in forms]
    estimates = [product.published.find(str(row["id"])) for row in rows if row is not None]
    return [product.use(e) for e in estimates if product.gate.passes(e)]


def _voice_cell(product: Sheet, quote: dict[str, Any]) -> dict[str, Any]:
    foreign = quote["lang"] != product.language
    words = (quote["translation"] if foreign else "") or quote["text"]
    by, against = attribution_text(quote["attribution"], product.voice), bool(quote.get("against"))
    who = product.say("{who}; says otherwise", who=by) if against else by
    cell = {"text": f"{words} ({who})", "id": quote["id"], "value": None, "quality": "ok"}
    return {**cell, "said": words, "by": by, "against": against}


def chosen(product: Sheet) -> list[str]:
    """Ids of numbers that the text does not name and that a list of its own may print."""
    kinds = {piece.text for piece in product.template.pieces if piece.kind == "directive"}
    tokens: list[str] = []
    if kinds & {"rights_map", "points"}:
        core = {i.id for i in catalogue().values() if i.tier in CORE}
        rows = product.choice.levels.items()
        tokens += [str(r["id"]) for (name, by, _), r in rows if not by and split_id(name)[0] in core]
    if "points" in kinds:
        themes = dict.fromkeys(slug(s["theme"]) for s in product.published.said("quotation"))
        tokens += [f"T-{theme}/{key}/all" for theme in themes for key in _counted(product, theme)]
    return tokens


def _tail(name: str, domain: str) -> str:
    """The token of an indicator in a domain."""
    kind = "share" if catalogue()[split_id(name)[0]].type == "share" else "mean"
    return f"{name}/{kind}/{domain}" if domain else name


DIRECTIVES: dict[str, Directive] = {
    "figure": draw_exhibit,
    "numbers": print_numbers,
    "balance": print_balance,
    "help": print_help,
    "how": print_how,
    "sources": print_sources,
    "asks": print_asks,
    "arguments": print_arguments,
    "argument": print_arguments,
    "recommendations": print_recommendations,
    "voices": print_voices,
    "points": print_points,
    "laws": print_laws,
    "rights_map": print_rights,
}


def check_texts(root: Path, study: str, name: str) -> None:
    """Refuse a product whose text, asks or arguments cannot be printed, before anything runs.

    Raises
    ------
    DigicitError
        The first problem, with file and line.
    """
    read_asks(root, study)
    read_arguments(root, study)
    required = KINDS[name].required
    load_template(name, root, study, directives=DIRECTIVES, required=required, slots=slot_names())
