"""The page of a media account: what the newsroom may know, and the acts that are possible. Nothing secret is on it."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from accounts.decisions import Act, acts_for, decisions_on, last_decision
from accounts.models import MediaAccount
from accounts.wagtail_hooks.rights import may_decide, may_see, may_see_usage

DOWNLOADS_SHOWN = 20
DECISIONS_SHOWN = 50
# They give, and take nothing away: one press is enough.
AT_ONCE = (Act.APPROVE, Act.UNBLOCK)
SERIOUS = (Act.REFUSE, Act.BLOCK, Act.END_ACCREDITATION)


class AboutAccount(WagtailAdminTemplateMixin, View):
    """A page about one account: `account`."""

    header_icon = "group"
    is_for = staticmethod(may_see)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Raises PermissionDenied; Http404, also for who has not confirmed his address, who is nobody yet."""
        super().setup(request, *args, **kwargs)
        if not self.is_for(request.user):
            raise PermissionDenied
        account = MediaAccount.objects.confirmed().select_related("user").filter(pk=kwargs["account_id"]).first()
        if account is None:
            raise Http404
        self.account = account

    def get_page_subtitle(self) -> str:
        return str(self.account)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Back to the list."""
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("media_accounts"), "label": _("Media accounts")},
        ]


class AccountPage(AboutAccount, TemplateView):
    """Who it is, what it did, and what can be done."""

    template_name = "accounts/admin/account.html"
    page_title = _("Media account")

    def get_page_title(self) -> str:
        return self.account.name

    def get_page_subtitle(self) -> str:
        return self.account.organisation

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.account.name}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`seen` first: what is read after it is at least as new."""
        account, decides = self.account, may_decide(self.request.user)
        seen = last_decision(account)
        sees_usage = may_see_usage(self.request.user)
        usage = account.usage.all()[:DOWNLOADS_SHOWN] if sees_usage else []
        asked = urlencode({"who": account.user.media_email or ""})
        return super().get_context_data(**kwargs) | {
            "account": account,
            "seen": seen,
            "decides": decides,
            "acts": [self._act(act) for act in acts_for(account)] if decides else [],
            "acceptances": account.acceptances.select_related("undertaking").order_by("-accepted_at"),
            "to_accept": account.has_to_accept(),
            "sees_usage": sees_usage,
            "usage": usage,
            "usage_url": f"{reverse('usage_report')}?{asked}",
            "sessions": UserSession.objects.filter(user=account.user).defer("session_key").order_by("-last_seen_at"),
            "tokens": account.tokens.defer("digest"),
            "factors": Authenticator.objects.filter(user=account.user).count(),
            "removes_factors": decides and self.request.user.is_superuser,
            "decisions": list(decisions_on(account)[:DECISIONS_SHOWN]),
        }

    def _act(self, act: Act) -> dict[str, Any]:
        url = reverse("media_account_act", args=[self.account.pk, act.value])
        label = _("Accredit until another day") if act is Act.ACCREDIT and self.account.accredited_until else act.label
        return {"label": label, "url": url, "at_once": act in AT_ONCE, "is_serious": act in SERIOUS}


@hooks.register("register_admin_urls")
def page_urls() -> list[URLPattern]:
    """Below the list."""
    return [path("media-accounts/<int:account_id>/", AccountPage.as_view(), name="media_account")]
