"""wagtail-localize's addresses, with the newsroom's rules before its views.

Wagtail takes the first address that matches, and these are registered first; `reverse` still finds wagtail-localize's
names. Hidden buttons alone would guard nothing.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django.views.generic import RedirectView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.models import DraftStateMixin, Locale, Page
from wagtail_localize.models import Translation, get_edit_url
from wagtail_localize.views import edit_translation, submit_translations, update_translations

from home.errors import MachineSilent, NoFile, UnusablePO
from home.translation.adoption import adopt, adoptable_locales
from home.translation.approval import Finished, decide, decisions, hand_in
from home.translation.po import LARGEST_BYTES, import_po
from home.translation.rights import is_locked_for, may_edit, may_publish
from home.translation.wording import Catalogue

NEEDS_PUBLISHER = _("Only who may publish this can unlink a translation from its original, or link it again.")
NO_ALIASES = _("Stories have no aliases: a French or English version is a text of its own.")
LOCKED = _("This is locked, or waits for approval. Ask who approves it to send it back before you change it.")
PASSED_OVER = _("Passed over, because marked as unfinished or not of this text: %(number)d.")
FAULTY = _("With an error, to be put right below: %(number)d.")
LINKED = _("The two languages are linked now: what was there is kept as the translation.")
NOT_YET = _("This cannot be saved yet: %(reasons)s")
UNFINISHED = _("Not translated yet, and for now as in the original: %(number)d.")
PARENT_FIRST = _("The page above is not in this language yet. Translate it first.")

Rule = Callable[[Any, Any], Promise | str | None]


def publishers_only(user: Any, instance: Any) -> Promise | None:
    """Refuses who may not publish."""
    return None if may_publish(user, instance) else NEEDS_PUBLISHER


def unlocked_only(user: Any, instance: Any) -> Promise | None:
    """Refuses while a lock or an approval keeps this person out."""
    return LOCKED if is_locked_for(user, instance) else None


def refusing(rule: Rule, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view of a translation, after a rule that says in a sentence why it may refuse."""

    def guarded(request: HttpRequest, translation_id: int, **kwargs: Any) -> HttpResponse:
        translation = get_object_or_404(Translation, pk=translation_id)
        instance = translation.get_target_instance()
        reason = rule(request.user, instance)
        if reason is None:
            return view(request, translation_id=translation_id, **kwargs)
        if request.method in ("PUT", "DELETE"):  # asked by the editor's script
            return JsonResponse({"detail": str(reason)}, status=403)
        messages.error(request, reason)
        return redirect(get_edit_url(instance))

    return guarded


def refuse_alias(request: HttpRequest, page_id: int) -> HttpResponse:
    """In place of "Convert to alias page"."""
    messages.error(request, NO_ALIASES)
    return redirect("wagtailadmin_pages:edit", page_id)


def upload_po(request: HttpRequest, translation_id: int) -> HttpResponse:
    """Take a PO file over, or say what is wrong with it. In place of wagtail-localize's, which fails on some files."""
    translation = get_object_or_404(Translation, pk=translation_id, enabled=True)
    instance = translation.get_target_instance()
    if not may_edit(request.user, instance):
        raise PermissionDenied
    try:
        _import_po(request, translation)
    except UnusablePO as error:
        messages.error(request, str(error))
    return redirect(get_edit_url(instance))


def translate_by_machine(request: HttpRequest, translation_id: int) -> HttpResponse:
    """Fill in what is not translated yet, where a service is set up for it."""
    try:
        return edit_translation.machine_translate(request, translation_id)
    except MachineSilent as error:
        messages.error(request, str(error))
        return redirect(get_edit_url(get_object_or_404(Translation, pk=translation_id).get_target_instance()))


def _import_po(request: HttpRequest, translation: Translation) -> None:
    upload = request.FILES.get("file")
    if upload is None:
        raise NoFile
    done = import_po(translation, upload.read(LARGEST_BYTES + 1), request.user)
    messages.success(request, ngettext("%d string was imported.", "%d strings were imported.", done.taken) % done.taken)
    if done.passed_over:
        messages.warning(request, PASSED_OVER % {"number": done.passed_over})
    if done.faulty:
        messages.warning(request, FAULTY % {"number": done.faulty})


class SubmitForm(submit_translations.SubmitTranslationForm):
    """One page or snippet at a time, into languages it is not linked to yet.

    A subtree is not offered: wagtail-localize forgets in the parents' rows that they have children.
    """

    include_subtree = forms.BooleanField(required=False, disabled=True, widget=forms.HiddenInput)

    def __init__(self, instance: Any, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(instance, *args, **kwargs)
        self.instance = instance
        self.fields["include_subtree"].widget = forms.HiddenInput()
        # What is there is edited as a translation from then on.
        self.adoptable = [
            one for one in adoptable_locales(instance) if may_publish(user, instance.get_translation(one))
        ]
        self.fields["locales"].label = _("Languages")
        missing = self.fields["locales"].queryset
        self.fields["locales"].queryset = missing | Locale.objects.filter(pk__in=[one.pk for one in self.adoptable])

    def clean_locales(self) -> Any:
        """A page stands below its parent in each language."""
        parent = self.instance.get_parent() if isinstance(self.instance, Page) else None
        for locale in self.cleaned_data["locales"]:
            if parent and not parent.is_root() and not parent.has_translation(locale):
                raise forms.ValidationError(PARENT_FIRST)
        return self.cleaned_data["locales"]


class _Submission:
    """What submitting a page and submitting a snippet have in common."""

    request: HttpRequest
    object: Any

    def get_form(self) -> SubmitForm:
        if self.request.method == "POST":
            return SubmitForm(self.object, self.request.user, self.request.POST)
        wanted = Locale.objects.filter(language_code=self.request.GET.get("select_locale", ""))
        return SubmitForm(self.object, self.request.user, initial={"locales": list(wanted)})

    def form_valid(self, form: SubmitForm) -> HttpResponse:
        """Make drafts; what exists in a language already becomes the beginning of its translation."""
        adopted = [locale for locale in form.cleaned_data["locales"] if locale in form.adoptable]
        for locale in adopted:
            adopt(self.object, locale, self.request.user)
        if adopted and not isinstance(self.object, DraftStateMixin):
            # It has no drafts: wagtail-localize would put the original's words before the public at once.
            messages.success(self.request, LINKED)
            return redirect(get_edit_url(self.object.get_translation(adopted[0])))
        return super().form_valid(form)  # type: ignore[misc]


class SubmitPage(_Submission, submit_translations.SubmitPageTranslationView):
    """Submit a page for translation, for those who may edit it."""

    def get_object(self) -> Any:
        page = super().get_object()
        if not may_edit(self.request.user, page):
            raise PermissionDenied
        return page


class SubmitSnippet(_Submission, submit_translations.SubmitSnippetTranslationView):
    """Submit a snippet for translation, for those who may edit it."""

    def get_object(self) -> Any:
        snippet = super().get_object()
        if not may_edit(self.request.user, snippet):
            raise PermissionDenied
        return snippet


class UpdateTranslations(update_translations.UpdateTranslationsView):
    """Bring the original's changes to its translations; "publish" is for those who may."""

    def get_object(self) -> Any:
        source = super().get_object()
        if not may_edit(self.request.user, source.get_source_instance()):
            raise PermissionDenied
        return source

    def get_form(self) -> Any:
        form = super().get_form()
        targets = [translation.get_target_instance() for translation in self.object.translations.filter(enabled=True)]
        if not all(may_publish(self.request.user, target) for target in targets):
            form.fields["publish_translations"].disabled = True
            form.fields["publish_translations"].initial = False
            form.fields["publish_translations"].help_text = _("Only who may publish can.")
        if any(is_locked_for(self.request.user, target) for target in targets):
            form.fields.pop("use_machine_translation", None)
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except MachineSilent as error:
            messages.error(self.request, str(error))
            return redirect(self.get_default_success_url())


HANDED_IN = {
    Finished.SUBMITTED: _("The translation was submitted for approval."),
    Finished.RENEWED: _("The translation is under approval, as it says now."),
    Finished.SAVED: _("The translation was kept as a draft. Who may publish it finds it there."),
}


def submit_for_approval(request: HttpRequest, translation_id: int) -> HttpResponse:
    """Keep what was translated as a draft and start, or take up again, the page's workflow."""
    translation = get_object_or_404(Translation, pk=translation_id, enabled=True)
    instance = translation.get_target_instance()
    if not isinstance(instance, DraftStateMixin) or not may_edit(request.user, instance):
        raise PermissionDenied
    try:
        messages.success(request, HANDED_IN[hand_in(translation, request.user)])
    except ValidationError as error:
        messages.error(request, _reasons(error))
    else:
        strings, translated = translation.get_progress()
        if translated < strings:
            messages.warning(request, UNFINISHED % {"number": strings - translated})
    return redirect(get_edit_url(instance))


def _reasons(error: ValidationError) -> str:
    """What is wrong with a translated text, a title that is too long for instance. The editor marks the string."""
    return NOT_YET % {"reasons": " ".join(error.messages)}


def decide_on_approval(request: HttpRequest, translation_id: int, action: str) -> HttpResponse:
    """Approve a translation from its editor, or ask for changes."""
    translation = get_object_or_404(Translation, pk=translation_id, enabled=True)
    page = translation.get_target_instance()
    if not isinstance(page, Page) or action not in decisions(page, request.user):
        raise PermissionDenied
    try:
        decide(translation, request.user, action, request.POST.get("comment", "").strip())
    except ValidationError as error:
        messages.error(request, _reasons(error))
        return redirect(get_edit_url(page))
    approved = action == "approve"
    messages.success(request, _("The translation was approved.") if approved else _("Changes were requested."))
    return redirect(get_edit_url(page))


@hooks.register("register_admin_urls", order=-1)
def translation_urls() -> list[URLPattern]:
    """Before wagtail-localize's own, at the same addresses; then ours."""
    views = edit_translation
    string, override = "strings/<int:string_segment_id>", "overrides/<int:overridable_segment_id>"
    one = "localize/translate/<int:translation_id>/"
    return [
        path("localize/jsi18n/", Catalogue.as_view()),
        path("localize/submit/page/<int:page_id>/", SubmitPage.as_view()),
        path("localize/submit/snippet/<slug:app_label>/<slug:model_name>/<str:pk>/", SubmitSnippet.as_view()),
        path("localize/update/<int:translation_source_id>/", UpdateTranslations.as_view()),
        path("localize/page/<int:page_id>/convert_to_alias/", refuse_alias),
        path("localize/reports/translations/", RedirectView.as_view(pattern_name="translations_to_do")),
        path("localize/reports/translations/results/", RedirectView.as_view(pattern_name="translations_to_do")),
        path(f"{one}disable/", refusing(publishers_only, views.stop_translation)),
        path(f"{one}{string}/edit/", refusing(unlocked_only, views.edit_string_translation)),
        path(f"{one}{override}/edit/", refusing(unlocked_only, views.edit_override)),
        path(f"{one}pofile/upload/", require_POST(refusing(unlocked_only, upload_po))),
        path(f"{one}machine_translate/", refusing(unlocked_only, translate_by_machine)),
        path(
            f"{one}submit/",
            require_POST(refusing(unlocked_only, submit_for_approval)),
            name="submit_translation_for_approval",
        ),
        path(f"{one}workflow/<slug:action>/", require_POST(decide_on_approval), name="decide_on_translation"),
    ]
