"""Words of the chapter on interviews that are true of every study."""

from __future__ import annotations

from digicit_lib.language import N_

# By whether it is recorded where a theme was raised, and who spoke.
CAME_UP = {
    (True, True): N_(
        "{theme} came up in {groups} of {whole} discussions and interviews where it was raised; "
        "people who spoke of it: {participants}."
    ),
    (False, True): N_(
        "{theme} came up in {groups} of {whole} discussions and interviews; "
        "people who spoke of it: {participants}."
    ),
    (True, False): N_(
        "{theme} came up in {groups} of {whole} discussions and interviews where it was raised; "
        "who spoke is not recorded."
    ),
    (False, False): N_(
        "{theme} came up in {groups} of {whole} discussions and interviews; who spoke is not recorded."
    ),
}
COUNTS = {
    True: N_("{theme}: {groups} of {whole} discussions and interviews; people who spoke: {participants}"),
    False: N_("{theme}: {groups} of {whole} discussions and interviews"),
}
# By whether the team has written on a theme in another language than the report's.
SILENT = {
    N_("The team has written nothing yet on: {topics}."): False,
    N_("The team has written in another language only on: {topics}."): True,
}
UNCODED = N_("– hatched: not asked, or not coded yet")
NOT_TWICE = N_("Agreement: no text was coded by two people")
RIGHTS = N_("Articles of the Convention and what was said")
NO_ARTICLE = N_("Articles of the Convention: the codebook names none")
RIGHTS_HEADS = (
    N_("Article"),
    N_("Right"),
    N_("General Comment 25, paragraphs"),
    N_("Codes that speak to it"),
)
# Why the gate withholds a quotation, in the words of the report.
WITHHELD = {
    "not approved": N_("not approved by a second person"),
    "approved by its own coder": N_("approved by the person who coded it"),
    "no segment has these words": N_("not coded"),
    "an identifier is left in its translation": N_("its translation still holds what may tell a person"),
    "not inside one participant's turn": N_("not within one participant's turn"),
    "the speaker is not a participant": N_("the speaker is not recorded as a participant"),
    "its source's review is not signed": N_("its transcript is not signed"),
    "its source's review is signed by its own coder": N_(
        "its transcript is signed by the person who coded it"
    ),
    "its source changed after the review": N_(
        "its transcript, or the list of names, changed after it was signed"
    ),
    "a safeguarding flag is up": N_("a safeguarding flag is up"),
    "no consent to be quoted": N_("no recorded consent to be quoted"),
    "the attribution fits too few participants": N_("who said it fits fewer than {k} participants"),
    "an identifier is left in it": N_("it still holds what may tell a person"),
    "a flag was not cleared": N_("a flag in its words was not cleared"),
}
CONSENT_COLUMNS = {
    "consent_carer": N_("Consent of a carer"),
    "assent_child": N_("Assent of the child"),
    "quote_ok": N_("Agreed to be quoted"),
    "consent": N_("Own consent"),
}
CONSENT_STATES = {
    "yes": N_("Yes"),
    "no": N_("No explicit yes"),
    "no such column": N_("Not recorded"),
}
FLAG_KINDS = {
    "words that may mean harm": N_("words that may mean harm"),
    "identifier pattern": N_("pattern of an identifier"),
    "name": N_("name"),
    "name in a moderator's turn": N_("name in a moderator's turn"),
    "contact or address": N_("contact or address"),
    "capital inside a sentence": N_("capital inside a sentence"),
    "name in small letters": N_("name in small letters"),
    "word that is also a name": N_("word that is also a name"),
    "name by its context": N_("name by its context"),
    "place": N_("place"),
    "long number": N_("long number"),
    "hashtag": N_("hashtag"),
    "somebody acts": N_("somebody acts"),
    "country": N_("name of a country"),
    "combination of attributes": N_("rare combination of attributes"),
    "small group": N_("small group"),
    "capital at a beginning": N_("capital at a beginning"),
    "number": N_("number"),
}
MEMO_KINDS = {
    "note": N_("memo"),
    "journal": N_("entry of a journal"),
    "annotation": N_("note on a passage"),
    "document": N_("note on a document"),
    "case": N_("note on a participant"),
    "category": N_("note on a group of codes"),
    "code": N_("note on a code"),
    "coding": N_("note on a coding"),
    "project": N_("note on the project"),
    "decision": N_("decision on a code"),
}

# What reading a project did with a part of it, and what that part is; names of XML elements stay as they are.
OUTCOMES = {"lost": N_("lost"), "repaired": N_("repaired"), "noted": N_("noted")}
ELEMENTS = {
    **dict.fromkeys(("Coding", "coding", "codings", "segment", "highlight"), N_("coded passage")),
    **dict.fromkeys(("Code", "code"), N_("code")),
    **dict.fromkeys(("Note",), N_("memo")),
    **dict.fromkeys(("Source",), N_("document")),
    **dict.fromkeys(("quotations",), N_("proposed quotation")),
}
