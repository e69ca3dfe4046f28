"""A video's captions, transcripts, and who may download its encodings: a view beside the media library's form."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import global_settings, settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import FileExtensionValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets import Button
from wagtail.log_actions import log
from wagtail.permissions import policy_registry

from videos.models import Caption, VideoFile, VideoPage, VideoRendition
from videos.webvtt import unify_newlines

# Hours of captions are some hundred kilobytes.
MOST_BYTES = 2 * 1024 * 1024


def languages() -> list[tuple[str, str]]:
    """Languages of captions, by name: those of the site first, then all that Django knows."""
    own = [code for code, _name in settings.WAGTAIL_CONTENT_LANGUAGES]
    others = [code for code, _name in global_settings.LANGUAGES if code not in own]
    named = {code: str(get_language_info(code)["name_translated"]).capitalize() for code in [*own, *others]}
    return [*((code, named[code]) for code in own), *sorted(((code, named[code]) for code in others), key=_name)]


def _name(choice: tuple[str, str]) -> str:
    return choice[1]


class CaptionForm(forms.ModelForm):
    """One text in one language, typed or from a file."""

    language = forms.ChoiceField(label=_("Language"), choices=languages)
    file = forms.FileField(
        label=_("File"),
        required=False,
        validators=[FileExtensionValidator(["vtt", "txt"])],
        widget=forms.FileInput(attrs={"accept": ".vtt,.txt"}),
        help_text=_("Takes the place of the text below. Captions: .vtt; transcript: .txt, UTF-8."),
    )

    class Meta:
        model = Caption
        fields = ("kind", "language", "origin", "file", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 20, "spellcheck": "false", "dir": "auto"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = False

    def clean_text(self) -> str:
        """Browsers send CRLF."""
        return unify_newlines(self.cleaned_data["text"])

    def clean_file(self) -> str:
        """The file's text; empty without one."""
        file = self.cleaned_data["file"]
        if not file:
            return ""
        if file.size > MOST_BYTES:
            raise ValidationError(_("This file is too large for a text: at most 2 MB."))
        try:
            text = file.read().decode("utf-8")
        except UnicodeDecodeError:
            raise ValidationError(_("This file is no UTF-8 text. Save it as UTF-8.")) from None
        if "\0" in text:
            raise ValidationError(_("This file is no text."))
        return unify_newlines(text)

    def clean(self) -> dict[str, Any]:
        """A file's text goes where it can be mended, should something be wrong with it."""
        cleaned = super().clean() or {}
        if cleaned.get("file"):
            cleaned["text"] = cleaned["file"]
            sent: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            sent[self.add_prefix("text")] = cleaned["file"]
            self.data = sent
        elif not self.errors and not cleaned.get("text"):
            self.add_error("text", _("Choose a file, or write the text here."))
        # The model's constraint names the video, which is no field here: it would be checked by the database only.
        same = Caption.objects.filter(
            video_id=self.instance.video_id, kind=cleaned.get("kind"), language=cleaned.get("language")
        )
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("language", _("There is one in this language already."))
        return cleaned


Audiences = forms.modelformset_factory(VideoRendition, fields=["audience"], extra=0)


class VideoView(WagtailAdminTemplateMixin, TemplateView):
    """A view of one video, for who may change it in the media library."""

    page_title = _("Captions and downloads")
    header_icon = "wagtailmedia-video"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """The video. Raises Http404, PermissionDenied."""
        super().setup(request, *args, **kwargs)
        self.video = get_object_or_404(VideoFile, pk=kwargs["video_id"])
        if not may_change(request.user, self.video):
            raise PermissionDenied
        self.caption = None
        if "caption_id" in kwargs:
            self.caption = get_object_or_404(Caption, pk=kwargs["caption_id"], video=self.video)

    def get_page_subtitle(self) -> str:
        return self.video.title

    def get_breadcrumbs_items(self) -> list[Any]:
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"video": self.video, "caption": self.caption}

    def done(self, message: Any) -> HttpResponse:
        """Back to the video's texts, with the act in its history."""
        log(instance=self.video, action="wagtail.edit")
        messages.success(self.request, message)
        return redirect("video_texts", self.video.pk)


class VideoTexts(VideoView):
    """All texts of a video, and its encodings with who may download them."""

    template_name = "videos/texts.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        captions = list(self.video.captions.order_by("kind", "language"))
        names = dict(languages())
        for caption in captions:
            caption.language_name = names.get(caption.language, caption.language)
        formset = kwargs.get("formset") or Audiences(queryset=self.video.renditions.all())
        return super().get_context_data(**kwargs) | {"captions": captions, "formset": formset}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Other audiences."""
        formset = Audiences(request.POST, queryset=self.video.renditions.all())
        if not formset.is_valid():
            return self.render_to_response(self.get_context_data(formset=formset))
        for rendition in formset.save():
            if rendition.role == VideoRendition.Role.MASTER:
                VideoFile.objects.filter(pk=self.video.pk).update(master_audience=rendition.audience)
        return self.done(_("Who may download is saved."))


class WriteCaption(VideoView):
    """A new text, or another version of one."""

    template_name = "videos/caption.html"

    def get_page_title(self) -> Any:
        return _("Edit captions or transcript") if self.caption else _("Add captions or a transcript")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"form": kwargs.get("form") or CaptionForm(instance=self.caption)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save it."""
        form = CaptionForm(request.POST, request.FILES, instance=self.caption or Caption(video=self.video))
        if not form.is_valid():
            messages.error(request, _("The text was not saved: see below."))
            return self.render_to_response(self.get_context_data(form=form))
        form.save()
        return self.done(_("The text is saved."))


class DeleteCaption(VideoView):
    """Asks, then deletes."""

    page_title = _("Delete captions or transcript")
    template_name = "videos/caption_delete.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Delete it."""
        assert self.caption is not None
        self.caption.delete()
        return self.done(_("The text is deleted."))


def may_change(user: Any, video: VideoFile) -> bool:
    """Whether this person may change a video in the media library."""
    return bool(policy_registry.get_by_type(VideoFile).user_has_permission_for_instance(user, "change", video))


@hooks.register("register_admin_urls")
def caption_urls() -> list[URLPattern]:
    """Below the video."""
    all_of_it = "videos/<int:video_id>/texts/"
    one = f"{all_of_it}<int:caption_id>/"
    return [
        path(all_of_it, VideoTexts.as_view(), name="video_texts"),
        path(f"{all_of_it}add/", WriteCaption.as_view(), name="add_caption"),
        path(one, WriteCaption.as_view(), name="edit_caption"),
        path(f"{one}delete/", DeleteCaption.as_view(), name="delete_caption"),
    ]


@hooks.register("register_page_header_buttons")
def captions_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """In the menu of a video page."""
    if isinstance(page, VideoPage) and page.video and may_change(user, page.video):
        url = reverse("video_texts", args=[page.video.pk])
        yield Button(_("Captions and downloads"), url, icon_name="openquote", priority=67)
