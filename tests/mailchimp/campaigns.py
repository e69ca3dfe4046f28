"""What Mailchimp does with calls about campaigns: a draft gets content, is tested, scheduled, sent.

From the description: fields and statuses. Documentation: a schedule is on a quarter of an hour. Known: without
recipients, subject, sender and content nothing is scheduled or sent; what is scheduled or sent cannot be changed.
Mail goes to members who are subscribed when it goes out.
"""

from datetime import UTC
from typing import Any

from tests.mailchimp.audiences import page_of
from tests.mailchimp.problems import FieldError, Problem, bad_request, not_validated
from tests.mailchimp.state import Account, Audience, Campaign, Member, read, stamp

Fields = dict[str, Any]

QUARTER = 15
NEEDED = ("subject_line", "from_name", "reply_to")


class Campaigns:
    """The calls about campaigns of one account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def page(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Campaigns, the oldest first if nobody says otherwise (assumed)."""
        self.send_due()
        since = stamp(read(query["since_create_time"])) if "since_create_time" in query else ""
        before = stamp(read(query["before_create_time"])) if "before_create_time" in query else "9999"
        found = [
            campaign
            for campaign in self.account.campaigns.values()
            if since <= campaign.create_time < before
            and query.get("list_id", campaign.list_id) == campaign.list_id
            and query.get("status", campaign.status) == campaign.status
            and query.get("type", "regular") == "regular"
        ]
        key = query.get("sort_field", "create_time")
        found.sort(key=lambda campaign: getattr(campaign, key), reverse=query.get("sort_dir") == "DESC")
        return page_of("campaigns", [self._show(campaign) for campaign in found], query)

    def get(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """One campaign."""
        self.send_due()
        return self._show(self.account.campaign(path["campaign_id"]))

    def create(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """A draft."""
        number = next(self.account.numbers)
        campaign = Campaign(
            id=f"{number:010x}",
            web_id=number,
            list_id="",
            create_time=self.account.clock.stamp(),
            content_type=body.get("content_type", "template"),
        )
        self._fill(campaign, body)
        self.account.campaigns[campaign.id] = campaign
        return self._show(campaign)

    def update(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Change a draft."""
        campaign = self._draft(path)
        self._fill(campaign, body)
        return self._show(campaign)

    def delete(self, path: Fields, query: Fields, body: Fields) -> None:
        """Drop one: what was sent stays with those who have it."""
        self.send_due()
        campaign = self.account.campaign(path["campaign_id"])
        del self.account.campaigns[campaign.id]

    def set_content(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """What a draft says. Text is made from HTML where none is given (known); here a stand-in."""
        campaign = self._draft(path)
        campaign.content = {"html": body.get("html", ""), "plain_text": body.get("plain_text", "")}
        return {"html": "", "plain_text": "", "archive_html": campaign.content["html"]} | campaign.content

    def schedule(self, path: Fields, query: Fields, body: Fields) -> None:
        """Have it sent at a time: ahead, and on a quarter of an hour."""
        campaign = self._draft(path)
        self._check_ready(campaign)
        time = read(body["schedule_time"]).astimezone(UTC)
        if time.minute % QUARTER or time.second or time.microsecond:
            message = "Schedule time must be on a quarter of an hour: :00, :15, :30 or :45."
            raise not_validated(False, FieldError("schedule_time", message))
        if time <= self.account.clock.now():
            raise bad_request("Cannot schedule a campaign to be sent in the past.")
        campaign.status = "schedule"
        campaign.send_time = stamp(time)

    def unschedule(self, path: Fields, query: Fields, body: Fields) -> None:
        """Make it a draft again."""
        self.send_due()
        campaign = self.account.campaign(path["campaign_id"])
        if campaign.status != "schedule":
            raise bad_request("This campaign is not scheduled.")
        campaign.status = "save"
        campaign.send_time = ""

    def test(self, path: Fields, query: Fields, body: Fields) -> None:
        """Send it to a few addresses only."""
        campaign = self.account.campaign(path["campaign_id"])
        if not campaign.content:
            raise bad_request("Your Campaign is not ready to send: it has no content.")
        campaign.tests.append(body["test_emails"])

    def send(self, path: Fields, query: Fields, body: Fields) -> None:
        """Send it now."""
        campaign = self._draft(path)
        self._check_ready(campaign)
        self.go_out(campaign)

    def go_out(self, campaign: Campaign) -> None:
        """It reaches those who are meant and subscribed; webhooks are told."""
        audience = self.account.audience(campaign.list_id)
        campaign.recipients = [member.email for member in self._meant(campaign)]
        campaign.status = "sent"
        campaign.send_time = self.account.clock.stamp()
        subject = campaign.settings.get("subject_line", "")
        self.account.webhooks.fire(
            audience, "campaign", "admin", id=campaign.id, subject=subject, status="sent", reason=""
        )

    def send_due(self) -> None:
        """What was scheduled until now goes out; done whenever somebody looks."""
        now = self.account.clock.stamp()
        for campaign in self.account.campaigns.values():
            if campaign.status == "schedule" and campaign.send_time <= now:
                self.go_out(campaign)

    def _draft(self, path: Fields) -> Campaign:
        self.send_due()
        campaign = self.account.campaign(path["campaign_id"])
        if campaign.status != "save":
            done = "scheduled" if campaign.status == "schedule" else "sent"
            raise bad_request(f"This campaign is {done} already.")
        return campaign

    def _fill(self, campaign: Campaign, body: Fields) -> None:
        if "recipients" in body:
            list_id = body["recipients"]["list_id"]
            if list_id not in self.account.audiences:
                raise not_validated(False, FieldError("recipients.list_id", "The list does not exist."))
            campaign.list_id = list_id
            campaign.segment_opts = body["recipients"].get("segment_opts", {})
            self._meant(campaign)
        campaign.settings |= body.get("settings", {})
        campaign.tracking |= body.get("tracking", {})

    def _check_ready(self, campaign: Campaign) -> None:
        missing = [name for name in NEEDED if not campaign.settings.get(name)]
        if not campaign.list_id:
            missing.append("recipients")
        if not (campaign.content.get("html") or campaign.content.get("plain_text")):
            missing.append("content")
        if missing:
            raise Problem(
                400,
                "Bad Request",
                "Your Campaign is not ready to send. Please review your campaign and try again.",
                [FieldError(name, "It is missing.") for name in missing],
            )

    def _meant(self, campaign: Campaign) -> list[Member]:
        """Those whom a campaign would reach now."""
        audience = self.account.audiences.get(campaign.list_id)
        if audience is None:
            return []
        conditions = list(campaign.segment_opts.get("conditions", []))
        if segment := campaign.segment_opts.get("saved_segment_id"):
            conditions.append({"condition_type": "StaticSegment", "op": "static_is", "value": segment})
        tests = [_test(audience, condition) for condition in conditions]
        every = any if campaign.segment_opts.get("match") == "any" and tests else all
        return [
            member
            for member in audience.members.values()
            if member.status == "subscribed" and every(test(member) for test in tests)
        ]

    def _show(self, campaign: Campaign) -> Fields:
        audience = self.account.audiences.get(campaign.list_id)
        return {
            "id": campaign.id,
            "web_id": campaign.web_id,
            "type": "regular",
            "create_time": campaign.create_time,
            "archive_url": f"https://mailchi.mp/{campaign.id}",
            "long_archive_url": f"https://mailchi.mp/{campaign.id}/long",
            "status": campaign.status,
            "emails_sent": len(campaign.recipients),
            "send_time": campaign.send_time,
            "content_type": campaign.content_type,
            "needs_block_refresh": False,
            "resendable": False,
            "recipients": {
                "list_id": campaign.list_id,
                "list_is_active": audience is not None,
                "list_name": audience.name if audience else "",
                "segment_text": "",
                "recipient_count": len(self._meant(campaign)),
                **({"segment_opts": campaign.segment_opts} if campaign.segment_opts else {}),
            },
            "settings": campaign.settings,
            "tracking": campaign.tracking,
            "delivery_status": {"enabled": False},
        }


def _test(audience: Audience, condition: Fields) -> Any:
    """Whether a member meets a condition. What the audience does not have is refused."""
    kind, op, value = condition["condition_type"], condition["op"], condition["value"]
    if kind == "Interests":
        category = audience.categories.get(condition["field"].removeprefix("interests-"))
        if category is None or not set(value) <= category.interests.keys():
            raise not_validated(False, FieldError("conditions", "An interest does not exist."))
        if op == "interestcontainsall":
            return lambda member: all(member.interests.get(key) for key in value)
        return lambda member: any(member.interests.get(key) for key in value) is (op == "interestcontains")
    if kind == "Language":
        return lambda member: (member.language == value) is (op == "is")
    if kind == "TextMerge":
        tag = condition["field"]
        if tag not in audience.merge_fields:
            raise not_validated(False, FieldError("conditions", f"Merge field {tag} does not exist."))
        return lambda member: (str(member.merge_fields.get(tag, "")).lower() == value.lower()) is (op == "is")
    name = next((name for name, number in audience.tags.items() if number == value), None)
    if name is None:
        raise not_validated(False, FieldError("conditions", "The segment does not exist."))
    return lambda member: (name in member.tags) is (op == "static_is")
