"""Products: what evidence becomes outside the report, and the gate before the public.

Sheets, briefs, forum packs and comparisons read published evidence only. A product is a `ProductKind`, a text
and the statements that the study's own evidence allows; a new kind is one entry of `kinds.KINDS`, one text.
"""
