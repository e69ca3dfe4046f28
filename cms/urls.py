"""Every address of the server."""

from django.urls import include, path, re_path
from django.views.decorators.cache import never_cache
from wagtail.admin import urls as wagtailadmin_urls

from accounts.login.editors import EditorLoginView, EditorResetView
from cms import logins
from cms.api import api, feeds
from cms.health import healthz
from cms.media import editors_media
from delivery.middleware import outside_publishing
from home.api import attachment_file, image_file
from newsletter.webhook import mailchimp_webhook
from videos.api.files import (
    archive_file,
    caption_file,
    download_file,
    rendition_file,
    storyboard_file,
    storyboard_sheet,
    waveform_file,
)

urlpatterns = [
    path("healthz", healthz),
    path("api/v1/", api.urls),
    path("files/images/<int:image_id>/<slug:version>/<int:width>.<slug:kind>", image_file),
    path("files/attachments/<int:attachment_id>/<str:filename>", attachment_file),
    path("files/videos/<int:rendition_id>/<str:name>", rendition_file),
    path("files/captions/<int:caption_id>.vtt", caption_file),
    path("files/storyboards/<int:storyboard_of>.vtt", storyboard_file),
    path("files/storyboards/<int:sheet_of>.jpg", storyboard_sheet),
    path("files/waveforms/<int:waveform_of>.json", waveform_file),
    path("files/downloads/<str:signed>/<str:called>", download_file),
    path("files/archives/<str:archive>/<str:called>", archive_file),
    re_path(r"^media/(?P<name>.+)$", editors_media),
    path("hooks/mailchimp/<str:secret>/", mailchimp_webhook),
    # Before allauth's own, which lack what is ours.
    path("_allauth/openapi.json", logins.openapi, name="login_openapi"),
    path("_allauth/openapi.yaml", logins.openapi),
    path("_allauth/docs", logins.docs_page),
    path("_allauth/", include("accounts.login.urls")),
    # Before Wagtail's own, of which the one knows no devices, and the other has no limit.
    path("admin/login/", EditorLoginView.as_view(), name="wagtailadmin_login"),
    path("admin/password_reset/", outside_publishing(never_cache(EditorResetView.as_view()))),
    path("admin/", include(wagtailadmin_urls)),
    # Wagtail's name for an attachment in the admin. Its own view would hand anybody what is not published.
    path("documents/<int:attachment_id>/<str:filename>", attachment_file, name="wagtaildocs_serve"),
    path("", feeds.urls),
]
