"""What a report's authors may do with its key findings: order, reword, silence; always seen on the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from digicit_lib.codebook import Indicator
from digicit_lib.errors import DigicitError
from digicit_lib.evidence import Estimate
from digicit_lib.workbook.choosing import Statement
from digicit_lib.workbook.findings import TOKEN

COMPARING = ("likely", "often", "higher", "changed")
_SIGNED = {"replace": ("id", "text", "by", "on"), "drop": ("id", "why", "by", "on")}

Edit = Mapping[str, str]
Find = Callable[[str], Estimate]


@dataclass(frozen=True)
class AuthorsChoice:
    """Key findings as the authors want them.

    Attributes
    ----------
    statements : tuple of Statement
        Those that stay, in their order.
    words : mapping
        Evidence id to the authors' sentence and name.
    dropped : tuple of Edit
        What was left out, with the reason.
    """

    statements: tuple[Statement, ...]
    words: Mapping[str, Edit]
    dropped: tuple[Edit, ...]


def authors_choice(
    statements: Sequence[Statement],
    indicators: Mapping[str, Indicator],
    find: Find,
    *,
    order: Sequence[str] = (),
    replace: Sequence[Edit] = (),
    drop: Sequence[Edit] = (),
) -> AuthorsChoice:
    """The statements of the rule after the authors' changes.

    Parameters
    ----------
    statements : sequence of Statement
        Chosen by the rule.
    indicators : mapping
        The survey's forms, for their polarity.
    find : callable
        Gives the estimate of a token.
    order : sequence of str
        Ids of statements that stand first; the others keep their places behind them.
    replace : sequence of dict
        ``id, text, by, on``: the text cites the statement's evidence, a comparison by a form of its token.
    drop : sequence of dict
        ``id, why, by, on``.

    Returns
    -------
    Choice

    Raises
    ------
    DigicitError
        A statement that the rule did not choose, a change without name, day or reason, a sentence that drops
        its evidence or its verdict, or all bad news left out.
    """
    by_id = {find(s.id).id: s for s in statements}
    for kind, edits in (("replace", replace), ("drop", drop)):
        for edit in edits:
            _signed(kind, edit)
    places = [_named(name, by_id, find) for name in order]
    words = {_named(edit["id"], by_id, find): edit for edit in replace}
    silent = {_named(edit["id"], by_id, find) for edit in drop}
    for name, edit in words.items():
        _keeps_evidence(by_id[name], edit["text"], find)
    order_of_ids = [*places, *(name for name in by_id if name not in places)]
    remaining = tuple(by_id[name] for name in order_of_ids if name not in silent)
    bad = [s for s in statements if _is_bad_news(s, indicators, find)]
    if bad and silent and not any(s in remaining for s in bad):
        what = "The key findings that are bad news may not all be left out."
        allowed = "to leave out some of them, with the reason"
        raise DigicitError(what, got=", ".join(sorted(silent)), allowed=allowed)
    return AuthorsChoice(remaining, words, tuple(drop))


def _signed(kind: str, edit: Edit) -> None:
    fields = _SIGNED[kind]
    lacking = [name for name in fields if not str(edit.get(name, "")).strip()]
    if lacking or set(edit) - set(fields):
        what, got = "A change of a key finding is signed and dated.", ", ".join(edit) or "nothing"
        raise DigicitError(what, where=f"wb.findings({kind}=…)", got=got, allowed=", ".join(fields))


def _named(name: str, by_id: Mapping[str, Statement], find: Find) -> str:
    id_of_name = find(name).id
    if id_of_name not in by_id:
        what = "The rule did not choose this statement."
        hint = "say a sentence of your own with wb.finding(…)"
        raise DigicitError(what, got=name, allowed=", ".join(by_id), next=hint)
    return id_of_name


def _keeps_evidence(statement: Statement, text: str, find: Find) -> None:
    """A sentence of the authors' keeps the evidence of the statement, and a comparison its verdict."""
    id_of_it = find(statement.id).id
    forms = [match[2] for match in TOKEN.finditer(text) if find(match[1].strip()).id == id_of_it]
    if not forms or (statement.kind != "level" and not set(forms) & set(COMPARING)):
        what = "The sentence does not keep the evidence of its statement."
        allowed = f"{{{statement.id}}}; of a difference or change with a form: {', '.join(COMPARING)}"
        raise DigicitError(what, got=text, allowed=allowed)


def _is_bad_news(statement: Statement, indicators: Mapping[str, Indicator], find: Find) -> bool:
    """A level or difference of something bad, or a change for the worse."""
    polarity = indicators[statement.indicator].polarity
    if statement.kind == "change":
        return polarity == {"more": "bad", "less": "good"}.get(find(statement.id).verdict, "")
    return polarity == "bad"
