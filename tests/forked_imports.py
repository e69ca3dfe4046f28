"""All that a Celery process imports, for `tests.forked`."""

import django

django.setup()

from celery.apps import beat, worker  # noqa: E402, F401
from celery.bin import celery  # noqa: E402, F401

from cms.celery import app  # noqa: E402

app.loader.import_default_modules()
