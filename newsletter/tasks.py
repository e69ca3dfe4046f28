"""Celery's entry points: each calls one function of the room."""

import logging

from celery import current_app, shared_task
from django.db.models import Q

from jobs.lease import give_up, stranded
from newsletter import exports
from newsletter.editions.telling import tell_next
from newsletter.editions.watching import watch
from newsletter.errors import Away
from newsletter.imports.running import run_next
from newsletter.mailchimp import is_configured
from newsletter.models import Audience, Contact, Export, FormerMapping, Import
from newsletter.subscribing import forget_unconfirmed, welcome_late
from newsletter.sync import pauses
from newsletter.sync.audiences import read_audiences
from newsletter.sync.pushing import push
from newsletter.sync.reconciling import reconcile

logger = logging.getLogger(__name__)
QUEUE = "newsletter"


def wake_pusher(audience_id: int) -> None:
    """Have a worker push now."""
    _wake("newsletter.tasks.push_contacts", audience_id)


def wake_watcher() -> None:
    """Have a worker look at editions now."""
    _wake("newsletter.tasks.watch_editions")


def wake_importer() -> None:
    """Have a worker take in the tables that wait."""
    _wake("newsletter.tasks.run_imports")


def wake_exporter() -> None:
    """Have a worker write the files that are wanted."""
    _wake("newsletter.tasks.run_exports")


def wake_comparison() -> bool:
    """Have Mailchimp's audiences read now, and what changed there; whether the queue was reachable."""
    return _wake("newsletter.tasks.compare")


def _wake(task: str, *arguments: object) -> bool:
    """Without a broker nothing is lost: the clock wakes the same as soon as there is one."""
    try:
        current_app.send_task(task, arguments, queue=QUEUE, retry=False)
    except Exception:
        logger.warning("the queue is not reachable; the clock will wake %s", task)
        return False
    return True


@shared_task(name="newsletter.tasks.push_contacts")
def push_contacts(audience_id: int) -> None:
    """Tell Mailchimp of a lot of people who are due, and go on if there are more."""
    if not is_configured() or pauses.left():
        return
    try:
        push(Audience.objects.get(pk=audience_id))
        welcome_late()
    except Away as away:
        logger.warning("%s", away)
    else:
        if stranded(Contact, 1, audience_id=audience_id):
            wake_pusher(audience_id)


@shared_task(name="newsletter.tasks.sweep_contacts")
def sweep_contacts() -> None:
    """Wake who pushes, where something waits for it."""
    if not is_configured() or pauses.left():
        return
    for audience_id in Audience.objects.filter(missing_since=None).values_list("pk", flat=True):
        if stranded(Contact, 1, audience_id=audience_id):
            wake_pusher(audience_id)


@shared_task(name="newsletter.tasks.compare")
def compare(everybody: bool = False) -> None:
    """Take in what changed at Mailchimp, and read what audiences there are."""
    if not is_configured() or pauses.left():
        return
    try:
        read_audiences()
        kept = Q(lists__isnull=False) | Q(former_mappings__in=FormerMapping.heard())
        for audience in Audience.objects.filter(kept, missing_since=None).distinct():
            reconcile(audience, everybody=everybody)
        welcome_late()
    except Away as away:
        pauses.begin(away)
        logger.warning("%s", away)


@shared_task(name="newsletter.tasks.watch_editions")
def watch_editions() -> None:
    """Tell Mailchimp of editions, and take back what may not go out."""
    is_urgent = watch()
    if not is_configured() or (pauses.left() and not is_urgent):
        return
    try:
        while tell_next():
            pass
    except Away as away:
        logger.warning("%s", away)


@shared_task(name="newsletter.tasks.forget_sign_ups")
def forget_sign_ups() -> None:
    """Remove what nobody confirmed."""
    forget_unconfirmed()


@shared_task(name="newsletter.tasks.run_imports")
def run_imports() -> None:
    """Take in a table, and have somebody go on if there are more."""
    if run_next() and stranded(Import, 1):
        wake_importer()


@shared_task(name="newsletter.tasks.sweep_imports")
def sweep_imports() -> None:
    """Wake who imports, where a lost message or a dead worker left a table."""
    give_up(Import)
    if stranded(Import, 1):
        wake_importer()


@shared_task(name="newsletter.tasks.run_exports")
def run_exports() -> None:
    """Write a file, and have somebody go on if there are more."""
    if exports.run_next() and stranded(Export, 1):
        wake_exporter()


@shared_task(name="newsletter.tasks.sweep_exports")
def sweep_exports() -> None:
    """Wake who exports, where a lost message or a dead worker left a file; remove what is too old."""
    exports.forget_old()
    give_up(Export)
    if stranded(Export, 1):
        wake_exporter()
