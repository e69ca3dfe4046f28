"""Cells of files that spreadsheets open."""

import re

# Programs take the wide forms, which Japanese keyboards give, for the same.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# XML 1.0 has no form for them.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def plain_cell(text: str) -> str:
    """The text, which no spreadsheet computes."""
    text = UNPRINTABLE.sub("", text)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
