"""Tables of the newsletter room, a file a family."""

from newsletter.models.contacts import Contact, Intention, Standing
from newsletter.models.lists import Audience, NewsletterList
from newsletter.models.people import Author, Subscriber, Subscription, SubscriptionChange, Suppression
from newsletter.models.signing_up import ConsentText, SignUp

__all__ = [
    "Audience",
    "Author",
    "ConsentText",
    "Contact",
    "Intention",
    "NewsletterList",
    "SignUp",
    "Standing",
    "Subscriber",
    "Subscription",
    "SubscriptionChange",
    "Suppression",
]
