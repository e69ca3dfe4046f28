"""Names of files in an archive: good on every system, none twice."""

import re
import unicodedata

from django.core.exceptions import SuspiciousFileOperation
from django.utils.text import get_valid_filename

# Bytes: the least that file systems take for a whole name is 255, and endings are added.
MOST_BYTES = 180
# Names that Windows keeps for itself, whatever their ending. https://learn.microsoft.com/windows/win32/fileio/naming-a-file
RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)


def safe_stem(text: str, otherwise: str) -> str:
    """What somebody wrote as the beginning of a file's name: letters of any script, digits, `-`, `_` and `.`."""
    try:
        stem = get_valid_filename(unicodedata.normalize("NFC", " ".join(text.split())))
    except SuspiciousFileOperation:  # nothing is left of it
        return otherwise
    stem = stem.encode()[:MOST_BYTES].decode(errors="ignore").strip("._-")
    if not stem:
        return otherwise
    return f"_{stem}" if RESERVED.fullmatch(stem) else stem


class Names:
    """Names that are taken. Windows and macOS take `A.mp4` and `a.mp4` for one."""

    def __init__(self, *taken: str) -> None:
        self._taken = {name.casefold() for name in taken}

    def take(self, stem: str, ending: str) -> str:
        """`stem` and `ending` as a name that was not given before: with a number between where it was."""
        name, number = f"{stem}{ending}", 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem}_{number}{ending}"
        self._taken.add(name.casefold())
        return name
