"""The Celery application: what runs outside a request, and what runs by the clock."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab

from cms.environment import Environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")

app = Celery("cms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A tick that waited for a worker longer than this (seconds) has been overtaken by later ones. Beat's clock and the
# worker's say so together: a worker that is ahead by more would drop them all.
EXPIRES = 60

SCHEDULE: dict[str, dict[str, Any]] = {
    "publish what is due": {"task": "delivery.tasks.publish_due", "schedule": 1.0, "options": {"expires": EXPIRES}},
    "refresh stale documents": {
        "task": "delivery.tasks.refresh_stale",
        "schedule": 5.0,
        "options": {"expires": EXPIRES},
    },
    "prepare what goes out soon": {
        "task": "delivery.tasks.prepare_documents",
        "schedule": 5.0,
        "options": {"expires": EXPIRES},
    },
    "compact changes": {"task": "delivery.tasks.compact_changes", "schedule": crontab(hour=3, minute=10)},
    "count searches": {"task": "search.tasks.count_searches", "schedule": 60.0, "options": {"expires": 60}},
    "index what is missing": {"task": "search.tasks.index_missing", "schedule": 300.0, "options": {"expires": 300}},
    "forget searches": {"task": "search.tasks.forget_searches", "schedule": crontab(hour=4, minute=10)},
    "forget clips": {"task": "videos.tasks.forget_clips", "schedule": crontab(hour=3, minute=40)},
    "forget logins": {"task": "accounts.tasks.forget_logins", "schedule": crontab(hour=3, minute=20)},
    "forget mails": {"task": "home.tasks.forget_mails", "schedule": crontab(hour=3, minute=50)},
    "forget sign-ups": {"task": "newsletter.tasks.forget_sign_ups", "schedule": crontab(hour=4, minute=0)},
    "compare with Mailchimp": {"task": "newsletter.tasks.compare", "schedule": crontab(minute="*/15")},
    "compare all with Mailchimp": {
        "task": "newsletter.tasks.compare",
        "kwargs": {"everybody": True},
        "schedule": crontab(hour=2, minute=20),
    },
    "watch editions": {"task": "newsletter.tasks.watch_editions", "schedule": 5.0, "options": {"expires": EXPIRES}},
    "push to Mailchimp": {"task": "newsletter.tasks.sweep_contacts", "schedule": 2.0, "options": {"expires": EXPIRES}},
    "remove abandoned uploads": {"task": "videos.tasks.sweep_uploads", "schedule": crontab(minute=50)},
    "resume clips": {"task": "videos.tasks.sweep_clips", "schedule": 2.0, "options": {"expires": EXPIRES}},
    "resume mails": {"task": "home.tasks.sweep_mails", "schedule": 2.0, "options": {"expires": EXPIRES}},
    "resume exports": {
        "task": "newsletter.tasks.sweep_exports",
        "schedule": 10.0,
        "options": {"expires": EXPIRES},
    },
    "resume imports": {
        "task": "newsletter.tasks.sweep_imports",
        "schedule": 10.0,
        "options": {"expires": EXPIRES},
    },
    "resume ingest": {"task": "videos.tasks.sweep_ingests", "schedule": 10.0, "options": {"expires": EXPIRES}},
}
if Environment().OPENSEARCH_URL:
    SCHEDULE["tell the search server"] = {
        "task": "search.tasks.follow_changes",
        "schedule": 1.0,
        "options": {"expires": EXPIRES},
    }
# Set as a whole: to read `app.conf` is to load Django's settings, which is for whoever imports this to decide.
app.conf.beat_schedule = SCHEDULE
