"""People who log in: editors in the admin, media accounts through the public API."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """One table for two kinds of people, who never become one another.

    Editors have an `email` and no `media_email`; media accounts the other way round.
    """

    media_email = models.EmailField(_("media account's e-mail"), unique=True, null=True, blank=True, editable=False)
