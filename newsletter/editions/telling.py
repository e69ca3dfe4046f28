"""Makes Mailchimp's campaign what is wanted.

Each step may be repeated, by a worker that does not know what another has done.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from delivery.clock import database_now
from home.mail import post, server_url
from home.mail.letters import Letter
from home.mail.staff import language_of_staff
from jobs import heartbeat, lease
from jobs.models import JobState
from newsletter.editions.hindrances import in_words
from newsletter.editions.letters import letter_with
from newsletter.editions.wishes import wish_of
from newsletter.errors import Away, CampaignStopped, Refused
from newsletter.mailchimp import Mailchimp, RemoteCampaign, connected
from newsletter.models import GONE_OUT, Campaign, Edition, Plan, RemoteState
from newsletter.sync import pauses

# Why we do not tell Mailchimp of one, beside its own words.
DELETED, UNSCHEDULED = "Deleted at Mailchimp", "Unscheduled at Mailchimp"
TOO_LATE, TIME_IS_OVER = "Too late", "Time is over"
REASONS = {
    DELETED: _("Somebody has deleted it at Mailchimp. “Try again” makes it anew."),
    UNSCHEDULED: _("Somebody has unscheduled it at Mailchimp. “Try again” schedules it."),
    TOO_LATE: _("Mailchimp was sending it already."),
    TIME_IS_OVER: _("It did not go out: the time is over. Choose another."),
}
# Mailchimp's clock need not be ours.
CLOCKS = timedelta(hours=1)


def tell_next() -> bool:
    """Work on the campaign that has waited longest; whether there was one. Raises NoKey, Away."""
    with connected() as mailchimp:
        job: Any = lease.take_next(Campaign)
        if job is None:
            return False
        try:
            with heartbeat.kept(job):
                _Telling(mailchimp, job).run()
        except Away as away:
            seconds = pauses.begin(away)
            later = Now() + timedelta(seconds=seconds)
            lease.note(job, state=JobState.QUEUED, due_at=later, error=str(away), leased_by=None, leased_until=None)
            raise
        except lease.LeaseLost:
            return True
        except Exception as error:
            lease.fail(job, str(error))
            raise
        pauses.end()
    return True


class _Telling:
    """One campaign's turn."""

    def __init__(self, mailchimp: Mailchimp, campaign: Campaign) -> None:
        self.mailchimp, self.campaign = mailchimp, campaign
        editions = Edition.objects.select_related("newsletter__audience", "made_by").prefetch_related("stories")
        self.edition = editions.get(pk=campaign.edition_id)
        self.wish = wish_of(campaign, self.edition)

    def run(self) -> None:
        """Raises Away, and LeaseLost; what Mailchimp refuses is parked with its word."""
        try:
            there = self._found()
            if there is not None and there.status in GONE_OUT:
                self._note_sent(there)
            elif self.wish.context is None:
                self._take_away(there)
            elif self.wish.digest == self.campaign.handled:
                self._look_at(there)
            else:
                self._bring_about(there, self.wish.context)
        except (Refused, CampaignStopped) as why:
            self._park(why)

    def _park(self, why: Refused | CampaignStopped) -> None:
        """Somebody has to see to it. What may not go out goes on to be taken back."""
        title = why.title[:200]
        if self.wish.context is None and not self.wish.is_over:
            is_news = self.campaign.refusal != title
            lease.note(self.campaign, refusal=title)
            lease.fail(self.campaign, why.detail)
        else:
            is_news = True
            lease.note(self.campaign, refusal=title, handled=self.wish.digest)
            lease.fail(self.campaign, why.detail, final=True)
        if is_news:
            self._tell_who_planned_it(lambda: [str(REASONS.get(title, title))])

    def _found(self) -> RemoteCampaign | None:
        """As it is there. By its mark, as it may have been made without our hearing of it."""
        if self.campaign.mailchimp_id:
            return self.mailchimp.campaign(self.campaign.mailchimp_id)
        audience = self.edition.newsletter.audience
        if audience is None:
            return None
        since = self.edition.prepared_since - CLOCKS
        marked = self.campaign.marked
        made = [one for one in self.mailchimp.campaigns_since(audience.mailchimp_id, since) if marked in one.title]
        return made[0] if made else None

    def _take_away(self, there: RemoteCampaign | None) -> None:
        """Nothing of it is left there, so nobody there sends it by mistake. Raises Away, Refused."""
        if there is not None:
            if there.status == RemoteState.SCHEDULED:
                there = self._unscheduled(there)
            if there is not None and there.status in GONE_OUT:
                self._note_sent(there)
                return
            if there is not None:
                self.mailchimp.delete_campaign(there.id)
        is_held = bool(self.wish.hindrances)
        if is_held and (self.wish.is_over or there is not None):
            self._tell_who_planned_it(lambda: in_words(self.wish.hindrances))
        self._finish(
            mailchimp_id="",
            web_id=None,
            told="",
            remote_state=RemoteState.NOT_THERE,
            scheduled_at=None,
            asked_for=None,
            is_held=is_held,
        )

    def _look_at(self, there: RemoteCampaign | None) -> None:
        """Nothing else is wanted than before: what somebody did there stays so. Raises CampaignStopped."""
        if there is None:
            lease.note(self.campaign, mailchimp_id="", told="", remote_state=RemoteState.NOT_THERE, scheduled_at=None)
            raise CampaignStopped(DELETED, "There is no campaign of this id any more.")
        if there.status == RemoteState.DRAFT and self.campaign.remote_state == RemoteState.SCHEDULED:
            lease.note(self.campaign, remote_state=RemoteState.DRAFT, scheduled_at=None)
            raise CampaignStopped(UNSCHEDULED, "It is a draft again.")
        self._finish(remote_state=there.status, scheduled_at=there.send_at, is_held=False)

    def _bring_about(self, there: RemoteCampaign | None, context: dict[str, Any]) -> None:
        """Have it there as it is wanted. Raises Refused, CampaignStopped."""
        letter = letter_with(context, self.campaign.language, for_mailchimp=True)
        fields = self._fields(letter, context["preview"])
        send_at = self.wish.send_at
        if there is None and self.campaign.mailchimp_id:
            self._look_at(None)
        if there is None:
            self._check_time(send_at)
            there = self.mailchimp.create_campaign(fields)
        lease.note(self.campaign, mailchimp_id=there.id, web_id=there.web_id)
        if there.status == RemoteState.SCHEDULED and send_at == self.campaign.asked_for:
            # The newsroom's time is the same as before: who chose another one there did so later.
            send_at = there.send_at
        is_told = self.campaign.told == self.wish.content
        is_on_time = there.status == RemoteState.SCHEDULED and there.send_at == send_at
        if there.status == RemoteState.SCHEDULED and not (is_told and is_on_time):
            self._check_time(send_at)
            # First: else a worker that is killed leaves what looks as if somebody had unscheduled it there.
            lease.note(self.campaign, remote_state=RemoteState.DRAFT)
            later = self._unscheduled(there)
            if later is None or later.status in GONE_OUT:
                raise CampaignStopped(TOO_LATE, "Mailchimp was already sending it.")
            is_on_time = False
        if not is_told:
            self.mailchimp.write_campaign(there.id, fields, {"html": letter.html, "plain_text": letter.text})
            lease.note(self.campaign, told=self.wish.content)
        if send_at is not None and not is_on_time:
            self._check_time(send_at)
            self.mailchimp.schedule_campaign(there.id, send_at)
        self._finish(
            remote_state=RemoteState.SCHEDULED if send_at else RemoteState.DRAFT,
            scheduled_at=send_at,
            asked_for=self.wish.send_at,
            is_held=False,
        )

    def _unscheduled(self, there: RemoteCampaign) -> RemoteCampaign | None:
        """As a draft; or as it is, where it is too late."""
        try:
            self.mailchimp.unschedule_campaign(there.id)
        except Refused:
            return self.mailchimp.campaign(there.id)
        return self.mailchimp.campaign(there.id)

    def _check_time(self, send_at: datetime | None) -> None:
        """Raises CampaignStopped where it is over: the newsroom chooses another, nothing is sent late by itself."""
        if send_at is not None and send_at <= database_now():
            raise CampaignStopped(TIME_IS_OVER, f"It was to go out at {send_at.isoformat()}.")

    def _note_sent(self, there: RemoteCampaign) -> None:
        self._finish(
            mailchimp_id=there.id,
            web_id=there.web_id,
            remote_state=there.status,
            sent_at=there.send_at,
            emails_sent=there.emails_sent,
            is_held=bool(self.wish.hindrances),
        )

    def _finish(self, **values: Any) -> None:
        """Done, if the lease still holds. Raises LeaseLost."""
        with lease.finishing(self.campaign):
            Campaign.objects.filter(pk=self.campaign.pk).update(
                handled=self.wish.digest, refusal="", attempts=0, **values
            )

    def _fields(self, letter: Letter, preview: str) -> dict[str, Any]:
        """Recipients and settings, for Mailchimp."""
        audience = self.edition.newsletter.audience
        recipients: dict[str, Any] = {"list_id": audience.mailchimp_id if audience else ""}
        if self.wish.segment:
            recipients["segment_opts"] = self.wish.segment
        return {
            "recipients": recipients,
            "settings": {
                "subject_line": letter.subject,
                "preview_text": preview,
                "title": f"{self.edition.title} · {self.campaign.language.upper()} {self.campaign.marked}",
                "from_name": letter.newsroom,
                "reply_to": settings.MAIL_REPLY_TO or parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
                # Ours is in the mail already, in its language.
                "auto_footer": False,
            },
        }

    def _tell_who_planned_it(self, reasons: Callable[[], list[str]]) -> None:
        """It does not go out as planned: somebody may be counting on it."""
        to = self.edition.made_by.email if self.edition.made_by else ""
        if not to or self.edition.plan == Plan.PREPARING:
            return
        language = language_of_staff(to)
        with override(language):
            context = {
                "title": f"{self.edition.title} ({self.campaign.language.upper()})",
                "reasons": reasons(),
                "edition_url": server_url(f"/admin/newsletter_editions/inspect/{self.edition.pk}/"),
            }
        post("newsletter_edition_held", to, language, context)
