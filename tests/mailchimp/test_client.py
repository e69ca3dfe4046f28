"""Mailchimp's own client makes its calls to the double as it would to Mailchimp."""

from datetime import UTC, datetime
from typing import Any

import mailchimp_marketing as marketing
import pytest
from mailchimp_marketing.api_client import ApiClientError

from tests.mailchimp.schemas import CALLS
from tests.mailchimp.server import Double
from tests.mailchimp.state import Audience, hash_of

ADA = "ada@example.org"


@pytest.fixture
def client(mailchimp: Double) -> Any:
    """The client, with the double as its server."""
    client = marketing.Client({"api_key": mailchimp.key, "server": "us1"})
    client.api_client.host = mailchimp.api_url
    return client


def test_each_call_is_made_by_the_official_client(client: Any, mailchimp: Double, audience: Audience) -> None:
    mailchimp.webhooks.hold()
    here, ada = audience.id, hash_of(ADA)
    lists, campaigns = client.lists, client.campaigns
    assert client.ping.get()["health_status"]
    assert lists.get_all_lists(count=1000, fields=["lists.id"])["lists"][0]["id"] == here
    assert lists.get_list(here)["name"] == audience.name
    assert lists.get_list_merge_fields(here, count=1000)["total_items"] == 3
    category = lists.get_list_interest_categories(here, count=1000)["categories"][0]["id"]
    assert lists.list_interest_category_interests(here, category, count=1000)["total_items"] == 3

    batch = {"members": [{"email_address": ADA, "status": "subscribed"}], "update_existing": True}
    assert lists.batch_list_members(here, batch, skip_merge_validation=True)["total_created"] == 1
    put = {"email_address": ADA, "status_if_new": "pending", "merge_fields": {"FNAME": "Ada"}}
    assert lists.set_list_member(here, ada, put)["status"] == "subscribed"
    lists.update_list_member(here, ada, {"merge_fields": {"LANGUAGE": "fr"}})
    lists.update_list_member_tags(here, ada, {"tags": [{"name": "vip", "status": "active"}]})
    tag = lists.list_segments(here, type="static")["segments"][0]["id"]
    lists.batch_segment_members({"members_to_remove": [ADA]}, here, tag)
    assert lists.get_list_member(here, ada)["merge_fields"] == {"FNAME": "Ada", "LNAME": "", "LANGUAGE": "fr"}
    since = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    page = {"count": 1000, "since_last_changed": since, "sort_field": "last_changed", "sort_dir": "ASC"}
    assert lists.get_list_members_info(here, **page)["total_items"] == 1
    lists.delete_list_member(here, ada)
    lists.delete_list_member_permanent(here, ada)

    hook = lists.create_list_webhook(here, {"url": "https://news.example.org/hook", "events": {"profile": True}})
    assert lists.get_list_webhooks(here)["total_items"] == 1
    lists.delete_list_webhook(here, hook["id"])

    settings = {"subject_line": "Today", "from_name": "News", "reply_to": "news@example.org"}
    draft = campaigns.create({"type": "regular", "recipients": {"list_id": here}, "settings": settings})["id"]
    campaigns.update(draft, {"settings": settings})
    campaigns.set_content(draft, {"html": "<p>News</p>"})
    campaigns.send_test_email(draft, {"test_emails": [ADA], "send_type": "html"})
    campaigns.schedule(draft, {"schedule_time": "2099-01-01T00:15:00+00:00"})
    campaigns.unschedule(draft)
    campaigns.send(draft)
    assert campaigns.get(draft)["status"] == "sent"
    assert campaigns.list(list_id=here, since_create_time=since)["total_items"] == 1
    campaigns.remove(draft)
    assert set(map(str, CALLS)) == mailchimp.calls.keys()


def test_the_official_client_raises_what_the_double_refuses(client: Any, audience: Audience) -> None:
    with pytest.raises(ApiClientError) as refused:
        client.lists.get_list_member(audience.id, hash_of(ADA))
    assert refused.value.status_code == 404
    assert "Resource Not Found" in refused.value.text
