"""What Mailchimp does with calls about audiences: what they have for a mapping, and who is told of changes."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from tests.mailchimp.problems import FieldError, not_found, not_validated
from tests.mailchimp.state import Account, Audience, Category
from tests.mailchimp.webhooks import Webhook

Fields = dict[str, Any]


def page_of(name: str, everything: Sequence[Fields], query: Fields, **besides: Any) -> Fields:
    """One page of a list: ten if nobody says how many (description)."""
    start = query.get("offset", 0)
    return {
        name: everything[start : start + query.get("count", 10)],
        "total_items": len(everything),
        **besides,
    }


class Audiences:
    """The calls about audiences of one account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def ping(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """The key is right."""
        return {"health_status": "Everything's Chimpy!"}

    def page(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """All audiences."""
        shown = [show(audience) for audience in self.account.audiences.values()]
        limits = {"may_create": False, "max_instances": 100, "current_total_instances": len(shown)}
        return page_of("lists", shown, query, constraints=limits)

    def get(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """One audience."""
        return show(self.account.audience(path["list_id"]))

    def merge_fields(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Its merge fields; EMAIL is none of them."""
        audience = self.account.audience(path["list_id"])
        shown = [field.document(audience.id) for field in audience.merge_fields.values()]
        return page_of("merge_fields", shown, query, list_id=audience.id)

    def categories(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Its categories of interests."""
        audience = self.account.audience(path["list_id"])
        shown = [
            {"id": one.id, "list_id": audience.id, "title": one.title, "type": one.type, "display_order": number}
            for number, one in enumerate(audience.categories.values())
        ]
        return page_of("categories", shown, query, list_id=audience.id)

    def interests(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """The interests of a category."""
        audience = self.account.audience(path["list_id"])
        category = audience.categories.get(path["interest_category_id"])
        if category is None:
            raise not_found()
        shown = [self._interest(audience, category, key, name) for key, name in category.interests.items()]
        return page_of("interests", shown, query, list_id=audience.id, category_id=category.id)

    def _interest(self, audience: Audience, category: Category, key: str, name: str) -> Fields:
        count = sum(member.interests.get(key, False) for member in audience.members.values())
        return {
            "id": key,
            "category_id": category.id,
            "list_id": audience.id,
            "name": name,
            "subscriber_count": str(count),
            "display_order": list(category.interests).index(key) + 1,
        }

    def segments(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Its tags, which are static segments; the double has no others."""
        audience = self.account.audience(path["list_id"])
        shown = [
            {
                "id": number,
                "name": name,
                "member_count": sum(name in member.tags for member in audience.members.values()),
                "type": "static",
                "created_at": audience.date_created,
                "updated_at": audience.date_created,
                "list_id": audience.id,
            }
            for name, number in audience.tags.items()
            if query.get("type", "static") == "static"
        ]
        return page_of("segments", shown, query, list_id=audience.id)

    def webhooks(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Who is told of changes."""
        audience = self.account.audience(path["list_id"])
        shown = [show_webhook(audience, webhook) for webhook in audience.webhooks.values()]
        return {"webhooks": shown, "total_items": len(shown), "list_id": audience.id}

    def add_webhook(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Have an address told. It has to answer GET with success (documentation), and may be there once (known)."""
        audience = self.account.audience(path["list_id"])
        url = body["url"]
        if urlsplit(url).scheme not in {"http", "https"}:
            raise not_validated(True, FieldError("url", "It is not an address."))
        if any(webhook.url == url for webhook in audience.webhooks.values()):
            raise not_validated(False, FieldError("url", "Sorry, you can't set up multiple WebHooks for one URL"))
        if not self.account.webhooks.check(url):
            raise not_validated(
                False, FieldError("url", "We couldn't validate that URL: it did not answer with success.")
            )
        key = f"{next(self.account.numbers):010x}"
        audience.webhooks[key] = Webhook(key, url, body.get("events", {}), body.get("sources", {}))
        return show_webhook(audience, audience.webhooks[key])

    def delete_webhook(self, path: Fields, query: Fields, body: Fields) -> None:
        """Tell this address no more."""
        if self.account.audience(path["list_id"]).webhooks.pop(path["webhook_id"], None) is None:
            raise not_found()


def show_webhook(audience: Audience, webhook: Webhook) -> Fields:
    """A webhook as the API shows it."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "sources": webhook.sources,
        "list_id": audience.id,
    }


def show(audience: Audience) -> Fields:
    """An audience as the API shows it."""
    return {
        "id": audience.id,
        "web_id": audience.web_id,
        "name": audience.name,
        "contact": {"company": "Newsroom", "city": "", "country": "CH"},
        "permission_reminder": "You asked for it.",
        "campaign_defaults": {
            "from_name": "Newsroom",
            "from_email": "news@example.org",
            "subject": "",
            "language": "en",
        },
        "date_created": audience.date_created,
        "email_type_option": False,
        "double_optin": False,
        "has_welcome": False,
        "marketing_permissions": False,
        "visibility": "prv",
        "stats": {
            "member_count": audience.count("subscribed"),
            "unsubscribe_count": audience.count("unsubscribed"),
            "cleaned_count": audience.count("cleaned"),
            "total_contacts": len(audience.members) - audience.count("archived"),
            "merge_field_count": len(audience.merge_fields),
        },
    }
