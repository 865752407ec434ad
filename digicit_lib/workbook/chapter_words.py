"""Words of the chapter on interviews that are true of every study."""

from digicit_lib.language import N_
from digicit_lib.language.codes import label_table

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
WITHHELD = label_table("withheld")
CONSENT_COLUMNS = label_table("consent columns")
CONSENT_STATES = label_table("consent states")
FLAG_KINDS = label_table("flag kinds")
MEMO_KINDS = label_table("memo kinds")

# What reading a project did with a part of it, and what that part is; names of XML elements stay as they are.
OUTCOMES = {"lost": N_("lost"), "repaired": N_("repaired"), "noted": N_("noted")}
ELEMENTS = {
    **dict.fromkeys(("Coding", "coding", "codings", "segment", "highlight"), N_("coded passage")),
    **dict.fromkeys(("Code", "code"), N_("code")),
    **dict.fromkeys(("Note",), N_("memo")),
    **dict.fromkeys(("Source",), N_("document")),
    **dict.fromkeys(("quotations",), N_("proposed quotation")),
}
