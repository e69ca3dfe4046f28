"""What an order is made of, whichever way it was written."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from delivery.errors import BadParameter
from videos.clips.orders import Wish

MOST_LABEL = 200
# What of a line is looked at: cut lists have lines of a hundred characters, tables of a thousand.
MOST_LINE = 4000


@dataclass(frozen=True)
class Row:
    """A clip that somebody wants.

    `place`: what the row is called where something is wrong with it (`clips.3`, `lines.12`). `names`: id or slug of
    the video; the first that is one counts. `drops`: whether its timecodes were counted in drop frame, None where
    nothing says so.
    """

    place: str
    names: tuple[str, ...]
    wish: Wish
    label: str = ""
    drops: bool | None = None


@dataclass
class CutList:
    """Rows in their order. `left_out`: lines that make no clip, with an `Order.LeftOut` each."""

    rows: list[Row] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)


def refuse_too_long(name: str, count: int) -> None:
    """Whether an order may have so many rows. `name`: what they are called. Raises BadParameter."""
    most = settings.ORDER_CLIPS
    if count > most:
        reason = ngettext(
            "An order has %(count)d clip at most. Send several orders.",
            "An order has %(count)d clips at most. Send several orders.",
            most,
        )
        raise BadParameter(name, reason % {"count": most}, "too_long")


def text_of(content: bytes, *, older: bool = False) -> str:
    """A text file's content. UTF-8, with a byte order mark or without; `older`: else what Windows wrote before.

    Raises BadParameter.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        if not older:
            reason = _("This is not UTF-8. Save the file as CSV in UTF-8.")
            raise BadParameter(f"lines.{line}", reason, "not_utf8") from None
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadParameter(f"lines.{line}", _("This value has a character that no text may have."), "not_text")
    return text


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text, counted from 1 as programs that show text count them. Raises BadParameter."""
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if len(line) > MOST_LINE:
            raise BadParameter(f"lines.{number}", _("This line is too long."), "too_long")
        yield number, line
