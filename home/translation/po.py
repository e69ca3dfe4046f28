"""PO files that people upload: read with distrust."""

import re
import tempfile
from dataclasses import dataclass
from typing import Any

import polib
from wagtail_localize.models import StringSegment, StringTranslation, Translation

from home.errors import POBroken, POForeign, PONotText, POTooLarge

LARGEST_BYTES = 2 * 1024 * 1024
NAMES_ITS_TRANSLATION = "X-WagtailLocalize-TranslationID"


@dataclass(frozen=True)
class Imported:
    """How many entries of a file were taken over, and how many not: of another text, or marked as unfinished."""

    taken: int
    passed_over: int
    # Strings of this translation that the editor shows with what is wrong: broken tags, links the original lacks.
    faulty: int


def import_po(translation: Translation, content: bytes, user: Any) -> Imported:
    """Take over the file's strings as this person's. Raises UnusablePO, and then has changed nothing."""
    po = _read(content)
    if po.metadata.get(NAMES_ITS_TRANSLATION) != str(translation.uuid):
        raise POForeign
    segments = StringSegment.objects.filter(source=translation.source)
    wanted = set(segments.values_list("context__path", "string__data"))
    filled_in = [entry for entry in po if entry.msgstr and not entry.obsolete]
    po[:] = [entry for entry in filled_in if (entry.msgctxt, entry.msgid) in wanted and not entry.fuzzy]
    translation.import_po(po, user=user, tool_name="PO")
    faulty = StringTranslation.objects.filter(
        translation_of__in=segments.values("string"),
        context__in=segments.values("context"),
        locale=translation.target_locale,
        has_error=True,
    )
    return Imported(taken=len(po), passed_over=len(filled_in) - len(po), faulty=faulty.count())


def _read(content: bytes) -> polib.POFile:
    if len(content) > LARGEST_BYTES:
        raise POTooLarge(limit=LARGEST_BYTES // 1024**2)
    if b"\0" in content:
        raise PONotText
    # By way of a file: polib takes a short text for a file's name and would read that from our disk.
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        try:
            return polib.pofile(file.name, encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise PONotText from None
        except (OSError, ValueError, IndexError) as error:
            line = re.search(r"line (\d+)", str(error))
            raise POBroken(line=line[1] if line else "?") from None
