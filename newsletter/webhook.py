"""What Mailchimp calls when something happened there. It says who, and is believed nothing more: who it was is looked
up, in the order of everything else that concerns them. So what comes twice, late, or in another order does no harm.
"""

import hmac
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.addresses import canonical
from newsletter.editions.watching import heard_of
from newsletter.models import Audience, Contact

Handler = Callable[[Audience, QueryDict], None]


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def mailchimp_webhook(request: HttpRequest, secret: str) -> HttpResponse:
    """`GET` answers Mailchimp, which checks the address so. A wrong secret is no address."""
    known = settings.MAILCHIMP_WEBHOOK_SECRET
    if not known or not hmac.compare_digest(secret.encode(), known.encode()):
        raise Http404
    if request.method == "POST":
        _take(request)
    return HttpResponse(status=200)


def _take(request: HttpRequest) -> None:
    if any("\0" in value for value in request.POST.values()):
        # Nothing is called so, and the database takes no such text.
        return
    handler = HANDLERS.get(request.POST.get("type", ""))
    audience = Audience.objects.filter(mailchimp_id=request.POST.get("data[list_id]", "")).first()
    if handler is not None and audience is not None:
        handler(audience, request.POST)


def _looked_up(field: str) -> Handler:
    """Have somebody looked up. `field`: which has their address as it is now."""

    def handle(audience: Audience, said: QueryDict) -> None:
        if email := said.get(field, ""):
            contact = Contact.objects.heard_of(audience, Contact.digest_of(canonical(email)))
            Contact.objects.filter(pk=contact.pk).read_again()

    return handle


def _campaign(_audience: Audience, said: QueryDict) -> None:
    """Mailchimp is asked what became of it."""
    heard_of(said.get("data[id]", ""))


# By type. What is not here concerns nobody.
HANDLERS: dict[str, Handler] = {
    "subscribe": _looked_up("data[email]"),
    "unsubscribe": _looked_up("data[email]"),
    "profile": _looked_up("data[email]"),
    "cleaned": _looked_up("data[email]"),
    "upemail": _looked_up("data[new_email]"),
    "campaign": _campaign,
}
