"""The doors through which the newsroom decides about one account. Each asks once more, or for what it needs."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateInput
from wagtail.log_actions import LogFormatter

from accounts.decisions import ALWAYS, FOR_ADMINISTRATORS, Act, Details, acts_for, decide, last_decision
from accounts.errors import AccountsError, DecidedMeanwhile
from accounts.models import MediaAccount, User
from accounts.profiles import ADDRESS, DECIDED_BY, LOGGED_AS
from accounts.wagtail_hooks.listing import account_url
from accounts.wagtail_hooks.page import SERIOUS, AboutAccount
from accounts.wagtail_hooks.rights import may_decide
from delivery.middleware import outside_publishing

# What the form says before its button.
ASKED = {
    Act.APPROVE: _("The account can download then. It is told by mail."),
    Act.REFUSE: _("The account is blocked: nobody can log in to it. It is told by mail, with the reason."),
    Act.ACCREDIT: _("The account gets what is for accredited media, until that day. It is told by mail."),
    Act.END_ACCREDITATION: _("The account stays, and gets what is for registered media only. It is told by mail."),
    Act.BLOCK: _(
        "Nobody can log in to the account any more. Its sessions, API tokens and accreditation end at once, and do not "
        "come back when it is unblocked. It is told by mail, with the reason."
    ),
    Act.UNBLOCK: _("One can log in to the account again, and no more: what ended stays ended. It is told by mail."),
    Act.NOTE: _("Only the newsroom reads it here; but who the account belongs to can ask for a copy."),
    Act.END_ACCESS: _("It is logged out everywhere, and its API tokens open nothing any more. It is told by mail."),
    Act.END_SESSION: _("It is logged out there, and can log in again. It is told by mail."),
    Act.END_TOKEN: _("What reads with this token gets nothing any more. The account is told by mail."),
    Act.END_FACTORS: _(
        "Authenticator app, passkeys and recovery codes go, and the password alone opens the account. Be sure that it "
        "is the account's owner who asks for it. It is told by mail."
    ),
}
DONE = {
    Act.APPROVE: _("“%(name)s” is approved."),
    Act.REFUSE: _("“%(name)s” is refused."),
    Act.ACCREDIT: _("“%(name)s” is accredited."),
    Act.END_ACCREDITATION: _("The accreditation of “%(name)s” has ended."),
    Act.BLOCK: _("“%(name)s” is blocked; its sessions and tokens have ended."),
    Act.UNBLOCK: _("“%(name)s” can log in again."),
    Act.NOTE: _("The note is kept."),
    Act.END_ACCESS: _("All sessions and tokens of “%(name)s” have ended."),
    Act.END_SESSION: _("The session has ended."),
    Act.END_TOKEN: _("The token has ended."),
    Act.END_FACTORS: _("The second factors of “%(name)s” are removed."),
}


class ActForm(forms.Form):
    """`seen`: what had been decided when the page was opened. `part`: of which session or token."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    part = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def details(self) -> Details:
        """What was filled in."""
        filled = {name: value for name, value in self.cleaned_data.items() if name != "seen" and value is not None}
        return Details(**filled)


class ReasonForm(ActForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("The account is told.")
    )


class UntilForm(ActForm):
    until = forms.DateField(
        label=_("Accredited until"), widget=AdminDateInput, help_text=_("The last day on which it is accredited.")
    )

    def clean_until(self) -> Any:
        """Raises ValidationError for a day that is over."""
        until = self.cleaned_data["until"]
        if until < timezone.localdate():
            raise forms.ValidationError(_("This day is over. Choose today or a later one."))
        return until


class NoteForm(ActForm):
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 6}), max_length=5000)


FORMS: dict[Act, type[ActForm]] = {
    Act.REFUSE: ReasonForm,
    Act.BLOCK: ReasonForm,
    Act.ACCREDIT: UntilForm,
    Act.NOTE: NoteForm,
}


class ActView(AboutAccount, FormView):
    """Asks, and does it."""

    template_name = "accounts/admin/act.html"
    is_for = staticmethod(may_decide)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Raises Http404 for what is no act."""
        super().setup(request, *args, **kwargs)
        try:
            self.act = Act(kwargs["act"])
        except ValueError:
            raise Http404 from None
        if self.act in FOR_ADMINISTRATORS and not request.user.is_superuser:
            raise PermissionDenied

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What does not fit the account's level leads back to it."""
        if request.method == "GET" and self.act not in (*acts_for(self.account), *ALWAYS):
            return self._back()
        return super().dispatch(request, *args, **kwargs)

    def get_page_title(self) -> str:
        return str(self.act.label)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Back to the account."""
        here = {"url": account_url(self.account), "label": self.account.name}
        return [*super().get_breadcrumbs_items(), here, {"url": "", "label": self.act.label}]

    def get_form_class(self) -> type[ActForm]:
        return FORMS.get(self.act, ActForm)

    def get_initial(self) -> dict[str, Any]:
        """As the account is now."""
        return {
            "seen": last_decision(self.account),
            "part": self.request.GET.get("part"),
            "note": self.account.note,
            "until": self.account.accredited_until,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what the act means, and what it is called."""
        return super().get_context_data(**kwargs) | {
            "account": self.account,
            "asked": ASKED[self.act],
            "label": _("Keep the note") if self.act is Act.NOTE else self.act.label,
            "is_serious": self.act in (*SERIOUS, Act.END_ACCESS, Act.END_SESSION, Act.END_TOKEN, Act.END_FACTORS),
            "back_url": account_url(self.account),
        }

    def form_valid(self, form: ActForm) -> HttpResponse:
        user: Any = self.request.user
        try:
            decide(self.act, self.account.pk, user, form.cleaned_data["seen"], form.details())
        except DecidedMeanwhile as error:
            return self._look_again(form, error)
        except AccountsError as error:
            messages.warning(self.request, str(error))
        else:
            messages.success(self.request, DONE[self.act] % {"name": self.account.name})
        return self._back()

    def _look_again(self, form: ActForm, error: DecidedMeanwhile) -> HttpResponse:
        """What was written is not lost, where it can still be done."""
        messages.warning(self.request, str(error))
        self.account.refresh_from_db()
        if self.act not in FORMS or self.act not in (*acts_for(self.account), *ALWAYS):
            return self._back()
        data = self.request.POST.copy()
        data["seen"] = str(last_decision(self.account))
        form.data = data
        return self.render_to_response(self.get_context_data(form=form))

    def _back(self) -> HttpResponse:
        return redirect(account_url(self.account))


class DecisionFormatter(LogFormatter):
    """A decision in Wagtail's log, with its reason, its day, or what it was about."""

    def format_comment(self, log_entry: Any) -> str:
        """In the language of who reads it."""
        told = log_entry.data
        if until := told.get("until"):
            return str(_("Until %(day)s") % {"day": date_format(date.fromisoformat(until))})
        return str(told.get("reason") or told.get("part") or "")


class ProfileFormatter(LogFormatter):
    """What an account's owner changed of who he is."""

    label = _("Profile changed")
    message = _("Profile changed by its owner")

    def format_comment(self, log_entry: Any) -> str:
        """Field by field, what was and what is."""
        fields: dict[str, Any] = {name: MediaAccount._meta.get_field(name) for name in DECIDED_BY}
        fields[ADDRESS] = User._meta.get_field("email")
        changes = log_entry.data.get("changes", ())
        return "; ".join(f"{fields[name].verbose_name}: {before} → {now}" for name, before, now in changes)


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """In the history of the account, and in the site's."""
    register: Callable[[str], Callable[[type], None]] = actions.register_action
    register(LOGGED_AS)(ProfileFormatter)
    for act in Act:
        register(act.logged_as)(type("Decision", (DecisionFormatter,), {"label": act.label, "message": act.label}))


@hooks.register("register_admin_urls")
def act_urls() -> list[URLPattern]:
    """Below the account's page."""
    view = outside_publishing(ActView.as_view())
    return [path("media-accounts/<int:account_id>/<slug:act>/", view, name="media_account_act")]
