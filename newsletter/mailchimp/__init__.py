"""Mailchimp's language: its client, made to raise what it hides, and what it says as plain values.

Nothing else here talks to it. `connected()` gives a connection; there are at most `CONNECTIONS` at a time, of all our
processes together (Mailchimp allows ten).
"""

from newsletter.mailchimp.client import MOST_MEMBERS, Mailchimp, connected, is_configured
from newsletter.mailchimp.words import Member, RemoteCampaign, member_of

__all__ = ["MOST_MEMBERS", "Mailchimp", "Member", "RemoteCampaign", "connected", "is_configured", "member_of"]
