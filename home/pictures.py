"""Pictures in JSON: addresses of every size, computed without touching a file.

A size is made when it is first fetched (`home.api`), so that publishing never waits for pixels. The addresses carry
a part of the file's hash: a replaced file has other addresses.
"""

from datetime import UTC, datetime, time
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from ninja import Schema
from pydantic import Field

from delivery.context import RenderContext

WIDTHS = (400, 800, 1200, 1600, 2400)
FORMATS = ("webp", "jpeg")
MIME_TYPES = {"webp": "image/webp", "jpeg": "image/jpeg"}


class ImageSource(Schema):
    """One size of a picture in one format."""

    url: str
    width: int = Field(description="Pixels.")
    height: int = Field(description="Pixels.")
    type: str = Field(description="Media type.", examples=["image/webp"])


class FocalPoint(Schema):
    """What must stay visible when a picture is cropped, as fractions of its width and height from top left."""

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)


class TermsJSON(Schema):
    """Usage terms in the document's language."""

    name: str
    text: str
    url: str


class ImageJSON(Schema):
    """A picture, ready for `<img>` or `<picture>`."""

    id: int
    src: str = Field(description="A middle size as JPEG, for everything that knows no srcset.")
    srcset: str = Field(description="Value for the srcset attribute, WebP.")
    sources: list[ImageSource] = Field(description="Every size in every format.")
    width: int = Field(description="Of the original, pixels.")
    height: int = Field(description="Of the original, pixels.")
    focal_point: FocalPoint | None
    alt: str = Field(description="Alternative text; empty for decorative pictures.")
    caption: str
    credit: str
    usage_terms: TermsJSON | None


def image_to_json(image: Any, context: RenderContext, *, alt: str | None = None, caption: str = "") -> ImageJSON | None:
    """A picture for the document's language, or None when there is none or its rights have ended.

    `image`: a home.models.EditorialImage. `alt` None: the library's text; "" for a decorative picture.
    """
    if image is None:
        return None
    context.depend(f"image:{image.pk}")
    if image.rights_end_date:
        end = datetime.combine(image.rights_end_date, time.min, UTC)
        context.holds_until(end)
        if end <= context.at:
            return None
    context.show(f"image:{image.pk}")
    sources = image_sources(image)
    webp = [source for source in sources if source.type == "image/webp"]
    jpeg = [source for source in sources if source.type == "image/jpeg"]
    return ImageJSON(
        id=image.pk,
        src=next((source.url for source in jpeg if source.width >= 1200), jpeg[-1].url),
        srcset=", ".join(f"{source.url} {source.width}w" for source in webp),
        sources=sources,
        width=image.width,
        height=image.height,
        focal_point=_focal_point(image),
        alt=image.alt_text(context.locale) if alt is None else alt,
        caption=caption or image.caption(context.locale),
        credit=image.credit,
        usage_terms=terms_to_json(
            context.once(("terms row", image.usage_terms_id), lambda: image.usage_terms), context
        ),
    )


def image_sources(image: Any) -> list[ImageSource]:
    """Every size up to the original's own width, in every format."""
    address = f"{settings.BASE_URL}/files/images/{image.pk}/{image_version(image)}"
    return list(_sources(address, image.width, image.height))


@lru_cache(maxsize=1000)
def _sources(address: str, width: int, height: int) -> tuple[ImageSource, ...]:
    widths = [size for size in WIDTHS if size < width] + ([width] if width <= WIDTHS[-1] else [])
    return tuple(
        ImageSource(
            url=f"{address}/{size}.{kind}",
            width=size,
            height=max(1, round(height * size / width)),
            type=MIME_TYPES[kind],
        )
        for kind in FORMATS
        for size in (widths or [WIDTHS[-1]])
    )


def image_version(image: Any) -> str:
    """A part of the file's hash, or of its name before the hash is known."""
    return (image.file_hash or "")[:12] or "0"


def terms_to_json(terms: Any, context: RenderContext) -> TermsJSON | None:
    """Usage terms in the document's language; None where they are not translated."""
    if terms is None:
        return None
    context.depend(f"terms:{terms.translation_key}")
    key = terms.translation_key
    return context.once(("terms", key, context.locale), lambda: _own_terms(type(terms), key, context.locale))


def _own_terms(model: Any, key: UUID, locale: str) -> TermsJSON | None:
    own = model.objects.filter(translation_key=key, locale__language_code=locale).first()
    return TermsJSON(name=own.name, text=own.text, url=own.url) if own else None


def _focal_point(image: Any) -> FocalPoint | None:
    if image.focal_point_x is None or image.focal_point_y is None:
        return None
    return FocalPoint(
        x=round(min(1.0, image.focal_point_x / image.width), 4),
        y=round(min(1.0, image.focal_point_y / image.height), 4),
    )
