"""The doors through which masters come in parts, and through which editors look at stored files.

`POST videos/uploads/` begins an upload or finds it again, `POST …/parts/7/` says where part 7 goes (`PUT`),
`POST …/complete/` joins them, `GET` says which have arrived, `DELETE` cancels. All speak JSON; an error has a sentence
in `detail`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from pydantic import BaseModel, Field, ValidationError
from wagtail import hooks
from wagtail.permissions import policy_registry

from delivery.files import Reader, stream_stored
from delivery.middleware import outside_publishing
from videos import errors
from videos.models import Upload, VideoFile
from videos.storage import video_storage
from videos.uploads import receiving
from videos.uploads.folder import FolderParts
from videos.uploads.parts import parts

STATUS: dict[type[errors.VideosError], int] = {
    errors.UploadGone: 404,
    errors.NoSuchPart: 404,
    errors.PartBroken: 408,
    errors.UploadUsed: 409,
    errors.PartsMissing: 409,
    errors.StorageUnreachable: 503,
    errors.NoRoomForUpload: 507,
}


class Beginning(BaseModel):
    """What a browser tells of the file that somebody chose."""

    title: str = Field(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")
    size_bytes: int = Field(ge=0, le=2**53)
    changed_at: int = Field(ge=-(2**53), le=2**53)


def may_upload(user: Any) -> bool:
    """Whether somebody may add or replace files of the media library, in any collection."""
    return bool(policy_registry.get_by_type(VideoFile).user_has_any_permission(user, ["add", "change"]))


def told(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view's mistakes as JSON."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_upload(request.user):
            raise PermissionDenied
        try:
            response = view(request, *args, **kwargs)
        except errors.VideosError as error:
            more = {"missing": error.numbers} if isinstance(error, errors.PartsMissing) else {}
            response = JsonResponse({"detail": str(error), **more}, status=STATUS.get(type(error), 422))
        response["Cache-Control"] = "private, no-store"
        return response

    return answering


@method_decorator(told, name="dispatch")
class Uploads(View):
    """All uploads."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin one, or find it again."""
        try:
            file = Beginning.model_validate_json(request.body)
        except ValidationError:
            return JsonResponse({"detail": _("This is no description of a file.")}, status=400)
        return JsonResponse(described(receiving.begin(request.user, **file.model_dump())))


@method_decorator(told, name="dispatch")
class OneUpload(View):
    """One of the reader's own uploads."""

    def get(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        """How far it is."""
        return JsonResponse(described(receiving.find(upload_id, request.user)))

    def delete(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        """Cancel it."""
        receiving.cancel(upload_id, request.user)
        return HttpResponse(status=204)


@method_decorator(told, name="dispatch")
class OnePart(View):
    """A part of it, counted from 1."""

    def post(self, request: HttpRequest, upload_id: UUID, number: int) -> HttpResponse:
        """Where it goes."""
        upload = self._receiving(request, upload_id)
        return JsonResponse({"url": parts().url(upload, number)})

    def put(self, request: HttpRequest, upload_id: UUID, number: int) -> HttpResponse:
        """Itself, where there is no bucket to take it."""
        upload = self._receiving(request, upload_id)
        place = parts()
        if not isinstance(place, FolderParts):
            raise errors.NoSuchPart(number=number)
        place.write(upload, number, request)
        return HttpResponse(status=204)

    def _receiving(self, request: HttpRequest, upload_id: UUID) -> Upload:
        upload = receiving.find(upload_id, request.user)
        if upload.state != Upload.State.RECEIVING:
            raise errors.UploadUsed
        receiving.touch(upload)
        return upload


@method_decorator(told, name="dispatch")
class CompleteUpload(View):
    """All has been sent."""

    def post(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        """Make one file of the parts."""
        return JsonResponse(described(receiving.complete(upload_id, request.user)))


def described(upload: Upload) -> dict[str, Any]:
    """What the browser has to know to go on."""
    return {
        "id": str(upload.pk),
        "state": upload.state,
        "part_bytes": upload.part_bytes,
        "part_count": upload.part_count,
        "arrived": receiving.arrived(upload),
    }


def video_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """A stored file under its own name, for who looks after the library. What is being uploaded is nobody's yet."""
    if not may_upload(request.user):
        raise PermissionDenied
    if ".." in name or name.startswith("."):
        raise Http404
    return stream_stored(request, video_storage(), name, Reader(is_public=False))


@hooks.register("register_admin_urls")
def upload_urls() -> list[URLPattern]:
    """Addresses of uploads and of stored files."""
    one = "videos/uploads/<uuid:upload_id>/"
    return [
        path("videos/files/<path:name>", video_file, name="video_file"),
        path("videos/uploads/", outside_publishing(Uploads.as_view()), name="video_uploads"),
        path(one, outside_publishing(OneUpload.as_view()), name="video_upload"),
        path(f"{one}parts/<int:number>/", outside_publishing(OnePart.as_view()), name="video_upload_part"),
        path(f"{one}complete/", outside_publishing(CompleteUpload.as_view()), name="video_upload_complete"),
    ]
