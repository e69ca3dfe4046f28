"""Cut lists as tables: CSV (RFC 4180) as spreadsheet programs write it, in English and in French."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from delivery.errors import BadParameter, BadParameters
from videos.orders.rows import numbered, refuse_too_long, text_of

COLUMNS = ("video", "start", "end", "label", "rendition", "audio_only", "burn_in")
NEEDED = ("start", "end")
# What separates columns: in French programs semicolons, because numbers have commas; tabs, what is pasted from a sheet.
SEPARATORS = ",;\t"
# A first line that spreadsheet programs read, and do not show.
SAYS_SEPARATOR = re.compile(r'"?sep=([,;\t])"?', re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"([0-9:]+),([0-9]+)")
# As spreadsheet programs show what is true or false.
TRUE = {"true", "vrai", "yes", "oui", "1", "x"}
FALSE = {"false", "faux", "no", "non", "0"}
BETWEEN_WORDS = re.compile(r"[\s+]+")


@dataclass(frozen=True)
class TableRow:
    """A row of a table: the number of its first line, and its cells that are not empty, by column."""

    line: int
    cells: dict[str, str | bool | list[str]]


def read_table(content: bytes) -> list[TableRow]:
    """The rows of a CSV file. Raises BadParameter, BadParameters, which name lines."""
    lines = [line for _number, line in numbered(text_of(content))]
    if said := SAYS_SEPARATOR.fullmatch(lines[0].strip(" ")):
        separator = said[1]
        lines[0] = ""
    else:
        separator = max(SEPARATORS, key=lines[0].count)
    records = _records(lines, separator)
    number, header = next(records, (1, []))
    columns = _columns(number, header)
    rows: list[TableRow] = []
    faults: list[BadParameter] = []
    for number, cells in records:
        try:
            rows.append(_row(number, columns, cells, has_commas=separator != ","))
        except BadParameter as fault:
            faults.append(fault)
        refuse_too_long("lines", len(rows) + len(faults))
    if faults:
        raise BadParameters(faults)
    return rows


def _records(lines: list[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Records that have something in them, each with the number of its first line."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator, strict=True)
    first = 1
    while True:
        try:
            record = next(reader, None)
        except csv.Error:
            reason = _("The quotation marks of this line are not as CSV has them.")
            raise BadParameter(f"lines.{first}", reason, "not_csv") from None
        if record is None:
            return
        cells = [cell.strip() for cell in record]
        if any(cells):
            yield first, cells
        first = reader.line_num + 1


def _columns(number: int, header: list[str]) -> list[str]:
    columns = [name.lower() for name in header]
    while columns and not columns[-1]:
        columns.pop()
    for name in columns:
        if name not in COLUMNS:
            reason = _("There is no column “%(name)s”. The first line names the columns: %(columns)s.")
            raise BadParameter(
                f"lines.{number}", reason % {"name": name, "columns": ", ".join(COLUMNS)}, "unknown_column"
            )
    if repeated := [name for name in columns if columns.count(name) > 1]:
        raise BadParameter(
            f"lines.{number}", _("There are two columns “%(name)s”.") % {"name": repeated[0]}, "repeated_column"
        )
    if missing := [name for name in NEEDED if name not in columns]:
        reason = _("The column “%(name)s” is missing. The first line names the columns: %(columns)s.")
        raise BadParameter(
            f"lines.{number}", reason % {"name": missing[0], "columns": ", ".join(COLUMNS)}, "missing_column"
        )
    return columns


def _row(number: int, columns: list[str], cells: list[str], *, has_commas: bool) -> TableRow:
    if any(cells[len(columns) :]):
        reason = _("This line has more cells than there are columns.")
        raise BadParameter(f"lines.{number}", reason, "too_many_cells")
    values: dict[str, str | bool | list[str]] = {name: cell for name, cell in zip(columns, cells, strict=False) if cell}
    for name in ("start", "end"):
        point = str(values.get(name, ""))
        if has_commas and DECIMAL_COMMA.fullmatch(point):
            values[name] = point.replace(",", ".")
    if word := str(values.get("audio_only", "")).lower():
        if word not in TRUE | FALSE:
            raise BadParameter(f"lines.{number}.audio_only", _("Choose true or false."), "bool_parsing")
        values["audio_only"] = word in TRUE
    if words := str(values.get("burn_in", "")).lower():
        values["burn_in"] = [word for word in BETWEEN_WORDS.split(words) if word]
    return TableRow(number, values)
