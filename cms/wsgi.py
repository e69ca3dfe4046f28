"""Entry point of the web server: pages, admin and API."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
django.setup(set_prefix=False)

from delivery.remembered import RememberingHandler  # noqa: E402  (settings first)

application = RememberingHandler()
