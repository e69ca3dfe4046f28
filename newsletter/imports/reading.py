"""What was uploaded, as lines with an address. It comes from spreadsheets of all kinds, and may be anything."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from newsletter.errors import BadTable

LARGEST_BYTES = 10 * 1024 * 1024
MOST_LINES = 200_000
LONGEST_LINE = 5_000
SEPARATORS = (",", ";", "\t")
# As the first line calls the columns. An address may be the postal one: a table of those is refused, with the name.
EMAIL = {
    *("email", "e-mail", "mail", "email address", "e-mail address", "email_address"),
    *("courriel", "adresse e-mail", "adresse mail", "adresse email", "adresse courriel"),
    *("adresse électronique", "adresse de courriel", "mél"),
}
ADDRESS = {"address", "adresse"}
LANGUAGE = {"language", "lang", "locale", "langue"}
FRENCH, ENGLISH = ("fr", "french", "français", "francais"), ("en", "english", "anglais")


@dataclass(frozen=True)
class Line:
    """A line of the table: its number, from 1; what stands for the address; `en`, `fr`, or nothing."""

    number: int
    address: str
    language: str


@dataclass(frozen=True)
class Table:
    """A table that was looked at: its text, and how many lines it has."""

    text: str
    lines: int


def table_of(content: bytes) -> Table:
    """Look at what was uploaded. Raises BadTable."""
    if len(content) > LARGEST_BYTES:
        raise BadTable(_("The file is larger than 10 MB."))
    text = _decoded(content)
    lines = _split(text)
    if len(lines) > MOST_LINES:
        raise BadTable(_("The table has more than 200,000 lines."))
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            raise BadTable(_("Line %(number)s is too long for a table of addresses.") % {"number": number})
    if next(lines_of(text), None) is None:
        raise BadTable(_("There is nothing in the table."))
    if not any("@" in line.address for line in lines_of(text)):
        reason = _("The column “%(name)s” has no e-mail address in it. Call the one that has them “e-mail”.")
        raise BadTable(reason % {"name": _name_of_addresses(lines)})
    return Table(text, len(lines))


def lines_of(text: str) -> Iterator[Line]:
    """The lines that have something in them, without that of the names. Raises BadTable.

    Each is read by itself: a quotation mark that is never closed spoils one line, not all that follow.
    """
    lines = _split(text)
    separator = _separator(lines)
    address, language, has_names = None, None, False
    for number, line in enumerate(lines, 1):
        if not line.strip(f" {separator}"):
            continue
        cells = _cells(line, separator)
        if address is None:
            address, language, has_names = _columns(cells)
            if has_names:
                continue
        yield Line(number, _cell(cells, address), _language(_cell(cells, language)))


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise BadTable(_("This is no text. Save the table as CSV, in UTF-8."))
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadTable(_("This is no text. Save the table as CSV, in UTF-8."))


def _split(text: str) -> list[str]:
    # Not `splitlines`, which also parts at what is no end of a line in a spreadsheet.
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")


def _separator(lines: Sequence[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return max(SEPARATORS, key=first.count)


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


def _columns(cells: Sequence[str]) -> tuple[int, int | None, bool]:
    """Which column has the address and which the language, and whether this line has their names."""
    names = [cell.casefold() for cell in cells]
    named = (place for called in (EMAIL, ADDRESS) for place, name in enumerate(names) if name in called)
    address = next(named, None)
    if address is not None:
        return address, next((place for place, name in enumerate(names) if name in LANGUAGE), None), True
    address = next((place for place, name in enumerate(names) if "@" in name), None)
    if address is None:
        raise BadTable(_("No column has addresses: call it “e-mail” in the first line."))
    return address, next((place for place, name in enumerate(names) if name in ("en", "fr")), None), False


def _name_of_addresses(lines: Sequence[str]) -> str:
    """What the first line calls the column of addresses."""
    separator = _separator(lines)
    cells = _cells(next(line for line in lines if line.strip(f" {separator}")), separator)
    return cells[_columns(cells)[0]]


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _language(cell: str) -> str:
    cell = cell.casefold()
    if cell in FRENCH or cell.startswith(("fr-", "fr_")):
        return "fr"
    return "en" if cell in ENGLISH or cell.startswith(("en-", "en_")) else ""
