"""Tables of the newsletter room, a file a family."""

from newsletter.models.contacts import Contact, Intention, Standing
from newsletter.models.editions import GONE_OUT, Campaign, Edition, EditionStory, Plan, RemoteState
from newsletter.models.exports import Export, ExportPart
from newsletter.models.imports import Import, RefusedLine
from newsletter.models.lists import Audience, FormerMapping, NewsletterList
from newsletter.models.people import Author, Subscriber, Subscription, SubscriptionChange, Suppression
from newsletter.models.signing_up import ConsentText, SignUp

__all__ = [
    "GONE_OUT",
    "Audience",
    "Author",
    "Campaign",
    "ConsentText",
    "Contact",
    "Edition",
    "EditionStory",
    "Export",
    "ExportPart",
    "FormerMapping",
    "Import",
    "Intention",
    "NewsletterList",
    "Plan",
    "RefusedLine",
    "RemoteState",
    "SignUp",
    "Standing",
    "Subscriber",
    "Subscription",
    "SubscriptionChange",
    "Suppression",
]
