"""What Mailchimp calls when something happened there. It says who, and is believed nothing more: who it was is looked
up, in the order of everything else that concerns them. So what comes twice, late, or in another order does no harm.
"""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.addresses import canonical
from newsletter.editions.watching import heard_of
from newsletter.models import Audience, Contact

# By the field that has the address as it is now.
ADDRESSES = {
    "subscribe": "data[email]",
    "unsubscribe": "data[email]",
    "profile": "data[email]",
    "cleaned": "data[email]",
    "upemail": "data[new_email]",
}


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
    if request.POST.get("type") == "campaign":
        heard_of(request.POST.get("data[id]", ""))
        return
    field = ADDRESSES.get(request.POST.get("type", ""))
    audience = Audience.objects.filter(mailchimp_id=request.POST.get("data[list_id]", "")).first()
    email = request.POST.get(field, "") if field else ""
    if audience is None or not email:
        return
    digest = Contact.digest_of(canonical(email))
    contact = Contact.objects.heard_of(audience, digest)
    Contact.objects.filter(pk=contact.pk).read_again()
