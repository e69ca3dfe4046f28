"""`orders/`: several clips, of one or many videos, asked for in one request, and had as one archive."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from ninja.decorators import decorate_view
from ninja.errors import HttpError
from ninja.errors import ValidationError as Invalid
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from accounts.callers import AnyCaller, CallersRequest
from accounts.models import Scope
from delivery.bodies import placed, read_json
from delivery.errors import BadParameter
from delivery.parameters import Parameters, refuse_parameters
from delivery.personal import PERSONAL, PartParameters, newest_first, only_looks, personal
from delivery.schemas import one_of
from videos.api.clips import (
    COUNTED,
    ORDER_REFUSALS,
    REFUSALS,
    ClipAnswer,
    ClipOrder,
    as_answer,
    tells_what_is_left,
)
from videos.clips.captions import captions_of_all
from videos.clips.orders import Wish
from videos.models import Order
from videos.orders.archive import Archive, archive_of
from videos.orders.contents import OrderContents, OrderStatus, contents_of, give_back_order, order_for
from videos.orders.edl import read_edl
from videos.orders.handing import hand_out
from videos.orders.links import link_to_archive
from videos.orders.place import place_order
from videos.orders.rows import MOST_LABEL, CutList, Row
from videos.orders.tables import read_table
from videos.tasks import wake_cutters, waking_indexers

# A token reads, and orders nothing.
router = Router(auth=AnyCaller(Scope.DOWNLOADS))

# No kind is registered for cut lists; browsers and curl send them as plain text.
EDL_KINDS = ("application/x-edl", "text/plain")


def refuse_nul(value: str) -> str:
    """JSON can say what no text of the database can be."""
    if "\0" in value:
        raise PydanticCustomError("not_text", "NUL")
    return value


IsText = AfterValidator(refuse_nul)


class OrderRow(ClipOrder):
    """One clip of an order. Rows that mean the same frames share a clip."""

    video: Annotated[
        str, Field(min_length=1, max_length=255, description="Id of the video, or slug in any language."), IsText
    ]
    label: Annotated[
        str, Field(max_length=MOST_LABEL, description="What the file is called in the archive."), IsText
    ] = ""


class Rows(BaseModel):
    """The body as JSON."""

    model_config = ConfigDict(extra="forbid")

    clips: Annotated[list[OrderRow], Field(min_length=1)]

    @field_validator("clips", mode="before")
    @classmethod
    def refuse_too_many(cls, value: Any) -> Any:
        """Before any row is looked at."""
        if isinstance(value, list) and len(value) > settings.ORDER_CLIPS:
            raise PydanticCustomError("too_long", "too many", {"max_length": settings.ORDER_CLIPS})
        return value


class OrderParameters(Parameters):
    """What goes for all lines of a cut list."""

    video: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=255,
            description="Id or slug of the video that the lines of a CSV or EDL are of. In CSV, where none is named.",
        ),
    ] = None


class OrderedClipAnswer(ClipAnswer):
    """A clip of an order."""

    label: str
    start_timecode: str = Field(description="The video's own; counted from zero where it has none.")
    end_timecode: str


class LeftOut(Schema):
    """A line of a cut list that makes no clip, though nothing is wrong with it."""

    line: int
    reason: Annotated[Order.LeftOut, one_of(Order.LeftOut)]
    detail: str = Field(description="For people, in the caller's language.")


class ArchiveAnswer(Schema):
    """All clips that can be had as one ZIP, with their captions and a manifest."""

    status: Annotated[str, Field(json_schema_extra={"enum": ["ready", "partial"]})] = Field(
        description="`partial`: the clips of `missing` are not in it, and will not be."
    )
    size: int = Field(description="Bytes.")
    download_url: str = Field(description="For five minutes; ask again for another one.")
    missing: list[int] = Field(description="Places in `clips`, from 0, of those that are not in it.")


class OrderSummary(Schema):
    """An order, in short."""

    id: UUID
    status: Annotated[OrderStatus, one_of(OrderStatus)]
    progress: int = Field(description="Percent.")
    clip_count: int
    created_at: datetime


class OrderAnswer(OrderSummary):
    """An order, as far as it is."""

    clips: list[OrderedClipAnswer] = Field(description="In the order's own order.")
    left_out: list[LeftOut]
    archive: ArchiveAnswer | None = Field(description="Null while a clip is waited for, and where there is none.")


class OrderList(Schema):
    """A part of somebody's orders, newest first."""

    items: list[OrderSummary]
    next: str | None = Field(description="`cursor` for what follows; null at the end.")


OrderId = Annotated[UUID, Path(..., description="As the order was answered.")]
BODY = {
    "requestBody": {
        "required": True,
        "description": "A list of clips; or a table whose first line names the columns; or a cut list (CMX 3600).",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "title": "Rows",
                    "required": ["clips"],
                    "additionalProperties": False,
                    "properties": {
                        "clips": {
                            "type": "array",
                            "minItems": 1,
                            "items": OrderRow.model_json_schema(mode="validation"),
                        }
                    },
                }
            },
            "text/csv": {"schema": {"type": "string"}, "example": "video;start;end;label\nwinter-patrol;1,2;2;Quay\n"},
            **{
                kind: {
                    "schema": {"type": "string"},
                    "example": "001  AX  V  C  00:00:01:05 00:00:02:00 01:00:00:00 01:00:00:20\n"
                    "* FROM CLIP NAME: winter-patrol.mp4\n",
                }
                for kind in EDL_KINDS
            },
        },
    }
}


@router.get("orders/", response={200: OrderList, **REFUSALS}, summary="The caller's orders", openapi_extra=PERSONAL)
def list_orders(request: CallersRequest, query: Query[PartParameters]) -> HttpResponse:
    """Newest first. Who has no account is known by the address he asks from."""
    orders = Order.objects.of_caller(request.auth.account_id, request.auth.client)
    rows, after = newest_first(orders, "-orders", query)
    items = [OrderSummary(**_summary(contents)) for contents in contents_of(request.auth, rows)]
    return personal(OrderList(items=items, next=after))


@router.post(
    "orders/",
    response={202: OrderAnswer, **ORDER_REFUSALS},
    summary="Order several clips",
    openapi_extra={**COUNTED, **BODY},
)
@decorate_view(tells_what_is_left)
def create_order(request: CallersRequest, query: Query[OrderParameters]) -> HttpResponse:
    """All of them or none: 422 names every row that cannot be. `Location` says where to look.

    503 with `Retry-After` where a video is being prepared for cutting: send the same again.
    """
    with waking_indexers():
        order, waiting = place_order(request.auth, rows_of(request, query.video))
    transaction.on_commit(lambda: wake_cutters(waiting))
    response = _tell(request, order_for(request.auth, order.pk), 202)
    response["Location"] = f"/api/v1/orders/{order.pk}/"
    return response


@router.get(
    "orders/{uuid:order_id}/", response={200: OrderAnswer, **REFUSALS}, summary="An order", openapi_extra=PERSONAL
)
def get_order(request: CallersRequest, order_id: OrderId) -> HttpResponse:
    """How far it is, clip by clip; and where all can be downloaded as one, once nothing is waited for."""
    refuse_parameters(request)
    return _tell(request, order_for(request.auth, order_id))


@router.delete(
    "orders/{uuid:order_id}/",
    response={200: OrderAnswer, **REFUSALS},
    summary="Give an order back",
    openapi_extra=PERSONAL,
)
def cancel_order(request: CallersRequest, order_id: OrderId) -> HttpResponse:
    """The caller wants it no more: its clips are cancelled, but those that another order of his has."""
    refuse_parameters(request)
    return _tell(request, give_back_order(request.auth, order_id))


def _tell(request: CallersRequest, contents: OrderContents, status: int = 200) -> HttpResponse:
    archive = archive_of(contents)
    if not only_looks(request):
        hand_out(request.auth, contents, archive)
    return personal(as_order(contents, archive), status)


def as_order(contents: OrderContents, archive: Archive | None) -> OrderAnswer:
    """An order as the API tells it."""
    captions = captions_of_all(one.clip for one in contents.clips if one.is_ready)
    holder = contents.order.account_id
    return OrderAnswer(
        **_summary(contents),
        clips=[
            OrderedClipAnswer(
                **as_answer(one.clip, holder, captions.get(one.clip.pk, [])).model_dump(),
                label=one.line.label,
                start_timecode=one.line.start_timecode,
                end_timecode=one.line.end_timecode,
            )
            for one in contents.clips
        ],
        left_out=[
            LeftOut(line=one["line"], reason=one["reason"], detail=str(Order.LeftOut(one["reason"]).label))
            for one in contents.order.left_out
        ],
        archive=None
        if archive is None
        else ArchiveAnswer(
            status="partial" if archive.missing else "ready",
            size=archive.size,
            download_url=link_to_archive(contents, archive),
            missing=archive.missing,
        ),
    )


def _summary(contents: OrderContents) -> dict[str, Any]:
    return {
        "id": contents.order.pk,
        "status": contents.status,
        "progress": contents.progress,
        "clip_count": len(contents.clips),
        "created_at": contents.order.created_at,
    }


def rows_of(request: HttpRequest, video: str | None) -> CutList:
    """What the body asks for, whichever form it has. Raises HttpError 400 and 415, Invalid, BadParameter(s)."""
    forms: dict[str, Callable[[bytes, str | None], CutList]] = {
        "application/json": _from_json,
        "text/csv": _from_table,
        **dict.fromkeys(EDL_KINDS, read_edl),
    }
    read = forms.get(request.content_type or "")
    if read is None:
        raise HttpError(415, "another kind")
    return read(request.body, video)


def _from_json(content: bytes, video: str | None) -> CutList:
    if video is not None:
        raise BadParameter("video", _("In JSON each clip names its video."), "unknown_parameter")
    rows = read_json(content, Rows)
    return CutList([_row(f"clips.{number}", row) for number, row in enumerate(rows.clips)])


def _from_table(content: bytes, video: str | None) -> CutList:
    found, faults = CutList(), list[Any]()
    for line in read_table(content):
        values = line.cells if video is None else {"video": video, **line.cells}
        try:
            found.rows.append(_row(f"lines.{line.line}", OrderRow.model_validate(values)))
        except ValidationError as error:
            faults += placed(error, "lines", line.line)
    if faults:
        raise Invalid(faults)
    if not found.rows:
        raise BadParameter("lines", _("There is no line below the names of the columns."), "no_clips")
    return found


def _row(place: str, row: OrderRow) -> Row:
    wish = Wish(row.start, row.end, row.rendition, row.audio_only, row.burn_in)
    return Row(place, (row.video,), wish, row.label)
