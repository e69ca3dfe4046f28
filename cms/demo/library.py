"""The picture library: drawn at set-up, with alternative texts and captions in both languages."""

from functools import partial
from io import BytesIO
from typing import Any

from django.core.files.images import ImageFile

from cms.demo.parallel import in_parallel
from cms.demo.pictures import draw_picture
from cms.demo.pieces import LANGUAGES, BadContent, Piece, read
from cms.demo.progress import Progress
from cms.demo.vocabulary import usage_terms
from delivery.transaction import publishing
from home.models import EditorialImage

ARCHIVE = "COS picture library, {key}"


def load_pictures(progress: Progress) -> None:
    """Draw what is missing. A picture is known again by its number in the archive, its `source`."""
    wanted = read("pictures.toml")
    present = set(EditorialImage.objects.values_list("source", flat=True))
    missing = {key: partial(draw_picture, key) for key in wanted if ARCHIVE.format(key=key) not in present}
    for key, jpeg in progress.each("Pictures", in_parallel(missing), total=len(missing)):
        _store(key, wanted[key], jpeg)


def _store(key: str, facts: dict[str, Any], jpeg: bytes) -> None:
    image = EditorialImage(
        title=facts["en"].get("title", key.replace("-", " ").capitalize()),
        source=ARCHIVE.format(key=key),
        credit=facts.get("credit", "COS"),
        usage_terms=usage_terms(facts.get("terms", "free")),
        **{f"alt_text_{language}": facts[language]["alt"] for language in LANGUAGES},
        **{f"caption_{language}": facts[language].get("caption", "") for language in LANGUAGES},
        file=ImageFile(BytesIO(jpeg), name=f"{key}.jpg"),
    )
    if focus := facts.get("focus"):
        image.focal_point_x, image.focal_point_y = round(focus[0] * image.width), round(focus[1] * image.height)
        image.focal_point_width = image.focal_point_height = round(image.height / 4)
    image.file_size = len(jpeg)
    image._set_file_hash()
    with publishing():
        image.save()


def image_id(key: str, piece: Piece) -> int:
    """A picture of the library by key. Raises BadContent for one that nobody knows."""
    image = EditorialImage.objects.filter(source=ARCHIVE.format(key=key)).values_list("pk", flat=True).first()
    if image is None:
        raise BadContent(f"{piece}: there is no picture `{key}`")
    return int(image)
