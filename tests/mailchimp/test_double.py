"""The double of Mailchimp does what Mailchimp does with members and campaigns."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.mailchimp.conftest import Asking, MemberCalls
from tests.mailchimp.server import Double
from tests.mailchimp.state import Audience, stamp

ADA = "ada@example.org"
GRACE = "grace@example.org"


def test_a_wrong_key_is_refused(ask: Asking) -> None:
    assert ask("GET", "/ping").status == 200
    ask.key = "wrong-us1"
    refused = ask("GET", "/ping")
    assert (refused.status, refused.title) == (401, "API Key Invalid")
    assert refused.headers["Content-Type"].startswith("application/problem+json")


def test_a_mapping_can_be_chosen_from_what_the_audience_has(ask: Asking, audience: Audience) -> None:
    here = f"/lists/{audience.id}"
    assert [one["name"] for one in ask("GET", "/lists").document["lists"]] == ["Newsroom", "Press"]
    assert ask("GET", "/lists", count=1, offset=1).document["lists"][0]["name"] == "Press"
    assert [one["tag"] for one in ask("GET", f"{here}/merge-fields").document["merge_fields"]] == [
        "FNAME",
        "LNAME",
        "LANGUAGE",
    ]
    category = ask("GET", f"{here}/interest-categories").document["categories"][0]
    assert category["title"] == "Newsletters"
    interests = ask("GET", f"{here}/interest-categories/{category['id']}/interests").document["interests"]
    assert [one["name"] for one in interests] == ["Morning", "Weekly", "Science"]


def test_what_staff_deleted_is_gone(mailchimp: Double, members: MemberCalls, ask: Asking) -> None:
    audience = members.audience
    science = audience.interest("Science")
    members.put(ADA, interests={science: True}, merge_fields={"LANGUAGE": "fr"})
    mailchimp.staff_deletes_interest(audience.id, "Science")
    mailchimp.staff_deletes_merge_field(audience.id, "LANGUAGE")
    assert members.put(ADA, interests={science: True}).status == 400
    assert members.put(ADA, merge_fields={"LANGUAGE": "fr"}).document["errors"][0]["field"] == "merge_fields.LANGUAGE"
    mapped = {"email_address": GRACE, "status": "subscribed", "merge_fields": {"LANGUAGE": "fr"}}
    assert members.batch(mapped, ADA, update_existing=True).document["error_count"] == 1
    mailchimp.staff_deletes_audience(audience.id)
    assert ask("GET", f"/lists/{audience.id}").status == 404


def test_someone_new_is_added_and_changed(members: MemberCalls) -> None:
    science = members.audience.interest("Science")
    added = members.put("Ada@Example.org", merge_fields={"FNAME": "Ada"}, interests={science: True}).document
    assert added["status"] == "subscribed"
    assert added["timestamp_opt"]
    assert added["merge_fields"] == {"FNAME": "Ada", "LNAME": "", "LANGUAGE": ""}
    changed = members.put(ADA, status_if_new="unsubscribed", merge_fields={"LANGUAGE": "fr"}).document
    assert changed["status"] == "subscribed"
    assert changed["merge_fields"] == {"FNAME": "Ada", "LNAME": "", "LANGUAGE": "fr"}
    assert [key for key, yes in changed["interests"].items() if yes] == [science]


def test_a_member_is_the_same_person_with_another_address(mailchimp: Double, members: MemberCalls) -> None:
    before = members.put(ADA).document
    mailchimp.changes_address(members.audience.id, ADA, "lovelace@example.org")
    assert members.get(ADA).status == 404
    after = members.get("lovelace@example.org").document
    assert (after["contact_id"], after["web_id"]) == (before["contact_id"], before["web_id"])
    assert after["id"] != before["id"]
    assert after["unique_email_id"] != before["unique_email_id"], "It is the address's."
    again = members.patch("lovelace@example.org", email_address=ADA).document
    assert again["unique_email_id"] == before["unique_email_id"]
    members.put(GRACE)
    assert members.patch(ADA, email_address=GRACE).title == "Member Exists"


def test_who_unsubscribed_himself_comes_back_only_by_his_own_confirmation(
    mailchimp: Double, members: MemberCalls
) -> None:
    here = members.audience.id
    members.put(ADA)
    mailchimp.person_unsubscribes(here, ADA, "No time")
    assert members.get(ADA).document["unsubscribe_reason"] == "No time"
    assert members.put(ADA).document["status"] == "unsubscribed", "A profile brings nobody back."
    assert members.patch(ADA, status="subscribed").title == "Member In Compliance State"
    assert "compliance state" in members.batch(ADA, update_existing=True).document["errors"][0]["error"]
    assert mailchimp.account.confirmations == []
    assert members.patch(ADA, status="pending").document["status"] == "pending"
    assert mailchimp.account.confirmations == [ADA]
    assert members.patch(ADA, status="subscribed").title == "Member In Compliance State"
    mailchimp.person_confirms(here, ADA)
    assert members.patch(ADA, status="subscribed").document["status"] == "subscribed"


def test_who_a_program_unsubscribed_it_may_subscribe_again(members: MemberCalls) -> None:
    members.put(ADA)
    members.patch(ADA, status="unsubscribed")
    assert members.patch(ADA, status="subscribed").status == 200


@pytest.mark.parametrize("act", ["address_bounces", "person_complains"])
def test_bounces_and_complaints_keep_people_away(act: str, mailchimp: Double, members: MemberCalls) -> None:
    members.put(ADA)
    getattr(mailchimp, act)(members.audience.id, ADA)
    assert members.put(ADA, status="subscribed").title == "Member In Compliance State"


def test_who_was_deleted_for_good_stays_away_until_he_signs_up(
    mailchimp: Double, members: MemberCalls, ask: Asking
) -> None:
    members.put(ADA)
    assert ask("POST", f"{members.path(ADA)}/actions/delete-permanent").status == 204
    members.put(GRACE)
    mailchimp.staff_deletes_permanently(members.audience.id, GRACE)
    for email in (ADA, GRACE):
        assert members.get(email).status == 404
        assert members.put(email, status="pending").title == "Forgotten Email Not Subscribed"
    mailchimp.person_signs_up(members.audience.id, ADA)
    assert members.get(ADA).document["status"] == "subscribed"


def test_archived_members_are_listed_only_when_asked_for(members: MemberCalls, ask: Asking) -> None:
    members.batch(ADA, GRACE)
    assert ask("DELETE", members.path(ADA)).status == 204
    assert members.page() == [GRACE]
    assert members.page(status="archived") == [ADA]
    assert members.get(ADA).document["status"] == "archived"
    assert members.patch(ADA, merge_fields={"FNAME": "Ada"}).document["status"] == "archived"
    assert members.patch(ADA, status="subscribed").document["status"] == "subscribed"


def test_addresses_that_are_none_are_refused(members: MemberCalls) -> None:
    for email in ("ada", "ada@example", "ada lovelace@example.org"):
        refused = members.put(email)
        assert (refused.status, refused.title) == (400, "Invalid Resource")
        assert refused.document["errors"][0]["field"] == "email_address"
    assert "looks fake or invalid" in members.put("fake@example.org").document["detail"]


def test_a_batch_takes_some_and_says_why_not_the_others(members: MemberCalls) -> None:
    members.put(ADA)
    answer = members.batch(
        ADA, GRACE, "abuse@example.org", "nobody", {"email_address": "new@example.org"}, GRACE
    ).document
    assert [one["email_address"] for one in answer["new_members"]] == [GRACE]
    assert (answer["total_created"], answer["total_updated"], answer["error_count"]) == (1, 0, 5)
    codes = {(one["email_address"], one["error_code"]) for one in answer["errors"]}
    assert codes == {
        (ADA, "ERROR_CONTACT_EXISTS"),
        (GRACE, "ERROR_GENERIC"),
        ("abuse@example.org", "ERROR_GENERIC"),
        ("nobody", "ERROR_GENERIC"),
        ("new@example.org", "ERROR_GENERIC"),
    }
    again = members.batch(ADA, {"email_address": GRACE, "tags": ["vip"]}, update_existing=True).document
    assert (again["total_updated"], again["error_count"]) == (2, 0)
    assert [tag["name"] for tag in again["updated_members"][1]["tags"]] == ["vip"]


def test_who_is_twice_in_a_batch_may_be_passed_over(members: MemberCalls) -> None:
    first = {"email_address": ADA, "status": "pending"}
    answer = members.ask(
        "POST",
        f"/lists/{members.audience.id}",
        {"members": [first, {"email_address": ADA.upper(), "status": "subscribed"}]},
        skip_duplicate_check="true",
    ).document
    assert (answer["total_created"], answer["error_count"]) == (1, 0)
    assert members.get(ADA).document["status"] == "pending"


def test_a_required_field_is_missed_unless_it_may_be_left_out(members: MemberCalls, ask: Asking) -> None:
    members.audience.merge_fields["LANGUAGE"].required = True
    assert members.put(ADA).document["errors"][0]["field"] == "LANGUAGE"
    assert members.put(ADA, merge_fields={"LANGUAGE": "de"}).status == 400, "It is not one of the choices."
    body = {"email_address": ADA, "status_if_new": "subscribed"}
    assert ask("PUT", members.path(ADA), body, skip_merge_validation="true").status == 200
    assert members.put(GRACE, merge_fields={"LANGUAGE": "en"}).status == 200


def test_tags_come_and_go(members: MemberCalls, ask: Asking) -> None:
    members.put(ADA)
    tags = f"{members.path(ADA)}/tags"
    ask("POST", tags, {"tags": [{"name": "press", "status": "active"}, {"name": "vip", "status": "active"}]})
    ask("POST", tags, {"tags": [{"name": "press", "status": "inactive"}]})
    assert [tag["name"] for tag in members.get(ADA).document["tags"]] == ["vip"]


def test_a_tag_is_given_to_many_who_are_subscribed(mailchimp: Double, members: MemberCalls, ask: Asking) -> None:
    members.batch(ADA, GRACE, "bob@example.org")
    members.patch(GRACE, status="unsubscribed")
    mailchimp.staff_makes_tag(members.audience.id, "vip")
    mailchimp.staff_tags(members.audience.id, "bob@example.org", "vip")
    before = members.get(ADA).document["last_changed"]
    mailchimp.clock.go_on(timedelta(hours=1))
    there = f"/lists/{members.audience.id}/segments"
    tag = ask("GET", there, type="static").document["segments"][0]
    change = {"members_to_add": [ADA, GRACE, "nobody@example.org"], "members_to_remove": ["bob@example.org"]}
    answer = ask("POST", f"{there}/{tag['id']}", change).document
    assert [one["email_address"] for one in answer["members_added"]] == [ADA]
    assert [one["email_address"] for one in answer["members_removed"]] == ["bob@example.org"]
    assert [one["email_addresses"] for one in answer["errors"]] == [[GRACE]]
    assert members.get(ADA).document["last_changed"] == before
    assert ask("GET", there, type="static").document["segments"][0]["member_count"] == 1
    assert ask("POST", f"{there}/1", change).status == 404


def test_changes_are_found_by_their_time(mailchimp: Double, members: MemberCalls) -> None:
    mailchimp.clock.set(datetime(2026, 11, 1, 12, tzinfo=UTC))
    members.batch(ADA, GRACE)
    mailchimp.clock.go_on(timedelta(hours=1))
    between = stamp(mailchimp.clock.now() - timedelta(minutes=1))
    members.put(GRACE)
    assert members.page(since_last_changed=between) == [], "Nothing was new."
    mailchimp.changes_profile(members.audience.id, GRACE, {"FNAME": "Grace"})
    assert members.page(since_last_changed=between) == [GRACE]
    assert members.page(before_last_changed=between) == [ADA]
    assert members.page(sort_field="last_changed", sort_dir="DESC") == [GRACE, ADA]
    assert members.page(sort_field="last_changed", sort_dir="ASC", count=1, offset=1) == [GRACE]
    changed = members.get(GRACE).document["last_changed"]
    assert members.page(since_last_changed=changed) == [], "The very second is left out."


def test_what_no_program_of_ours_may_send_is_refused_and_remembered(
    mailchimp: Double, members: MemberCalls, ask: Asking
) -> None:
    people = [f"p{number}@example.org" for number in range(501)]
    here = f"/lists/{members.audience.id}"
    for refused in (
        members.batch(*people),
        members.put(ADA, nickname="Countess"),
        members.put(ADA, status="happy"),
        ask("PUT", members.path(ADA), {"email_address": ADA}),
        ask("PUT", members.path(ADA), {"email_address": GRACE, "status_if_new": "subscribed"}),
        ask("GET", f"{here}/members", count=1001),
        ask("GET", f"{here}/members", colour="red"),
        ask("GET", f"{here}/members", since_last_changed="2026-11-01T12:00:00 00:00"),
    ):
        assert (refused.status, refused.title) == (400, "Invalid Resource")
        assert refused.document["errors"]
    assert ask("GET", f"{here}/members/{ADA}").status == 404
    assert len(mailchimp.violations) == 9
    assert members.audience.members == {}
    mailchimp.violations.clear()  # else this test would fail


def draft(ask: Asking, audience: Audience, **segment: object) -> str:
    """A campaign with all but content."""
    recipients = {"list_id": audience.id} | ({"segment_opts": segment} if segment else {})
    settings = {"subject_line": "Today", "from_name": "News", "reply_to": "news@example.org"}
    body = {"type": "regular", "recipients": recipients, "settings": settings}
    return str(ask("POST", "/campaigns", body).document["id"])


def test_a_campaign_is_written_tested_and_scheduled(mailchimp: Double, ask: Asking, audience: Audience) -> None:
    mailchimp.clock.set(datetime(2026, 11, 1, 12, tzinfo=UTC))
    campaign = f"/campaigns/{draft(ask, audience)}"
    unready = ask("POST", f"{campaign}/actions/schedule", {"schedule_time": "2026-11-02T07:00:00+00:00"})
    assert (unready.status, unready.document["errors"][0]["field"]) == (400, "content")
    ask("PUT", f"{campaign}/content", {"html": "<p>News</p>"})
    assert ask("POST", f"{campaign}/actions/test", {"test_emails": [ADA], "send_type": "html"}).status == 204
    for wrong in ("2026-11-02T07:10:00+00:00", "2026-11-01T11:45:00+00:00"):
        assert ask("POST", f"{campaign}/actions/schedule", {"schedule_time": wrong}).status == 400
    assert ask("POST", f"{campaign}/actions/schedule", {"schedule_time": "2026-11-02T08:00:00+01:00"}).status == 204
    shown = ask("GET", campaign).document
    assert (shown["status"], shown["send_time"]) == ("schedule", "2026-11-02T07:00:00+00:00")
    assert ask("PUT", f"{campaign}/content", {"html": "<p>Other</p>"}).status == 400
    assert ask("POST", f"{campaign}/actions/unschedule").status == 204
    assert ask("PUT", f"{campaign}/content", {"html": "<p>Other</p>"}).status == 200
    assert ask("DELETE", campaign).status == 204
    assert ask("GET", campaign).status == 404


def test_mail_goes_to_those_who_are_meant_and_subscribed_when_its_time_comes(
    mailchimp: Double, members: MemberCalls, ask: Asking
) -> None:
    audience = members.audience
    weekly = audience.interest("Weekly")
    for email, language in ((ADA, "fr"), (GRACE, "en"), ("emmy@example.org", "fr"), ("late@example.org", "fr")):
        members.put(email, merge_fields={"LANGUAGE": language}, interests={weekly: email != "late@example.org"})
    category = next(key for key, one in audience.categories.items() if weekly in one.interests)
    conditions = [
        {"condition_type": "Interests", "field": f"interests-{category}", "op": "interestcontains", "value": [weekly]},
        {"condition_type": "TextMerge", "field": "LANGUAGE", "op": "is", "value": "fr"},
    ]
    campaign = draft(ask, audience, match="all", conditions=conditions)
    ask("PUT", f"/campaigns/{campaign}/content", {"html": "<p>News</p>"})
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    ask("POST", f"/campaigns/{campaign}/actions/schedule", {"schedule_time": at.isoformat()})
    mailchimp.person_unsubscribes(audience.id, "emmy@example.org")
    mailchimp.clock.go_on(timedelta(hours=3))
    assert ask("GET", f"/campaigns/{campaign}").document["status"] == "sent"
    assert mailchimp.account.campaigns[campaign].recipients == [ADA]


def test_campaigns_are_found_by_time_and_audience(mailchimp: Double, ask: Asking, audience: Audience) -> None:
    draft(ask, audience)
    mailchimp.clock.go_on(timedelta(hours=1))
    since = stamp(mailchimp.clock.now())
    later = draft(ask, audience)
    found = ask("GET", "/campaigns", since_create_time=since, list_id=audience.id).document
    assert [one["id"] for one in found["campaigns"]] == [later]
    assert ask("GET", "/campaigns", list_id="other").document["total_items"] == 0
