"""Tables of the home room, a file a family."""

from home.models.attachments import Attachment
from home.models.images import EditorialImage, EditorialRendition
from home.models.mail import Mail
from home.models.pages import HomePage, HomeSlot, LandingPage
from home.models.rows import Row
from home.models.site import MenuItem, SiteTexts, SocialLink
from home.models.story import Desk, StoryPage, TopicalForm, topics_panel
from home.models.vocabulary import FormerTopicSlug, Topic, UsageTerms

__all__ = [
    "Attachment",
    "Desk",
    "EditorialImage",
    "EditorialRendition",
    "FormerTopicSlug",
    "HomePage",
    "HomeSlot",
    "LandingPage",
    "Mail",
    "MenuItem",
    "Row",
    "SiteTexts",
    "SocialLink",
    "StoryPage",
    "Topic",
    "TopicalForm",
    "UsageTerms",
    "topics_panel",
]
