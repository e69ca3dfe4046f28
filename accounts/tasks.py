"""Celery's entry points: each calls one function of the room."""

from celery import shared_task

from accounts.login.registration import forget_unconfirmed
from accounts.login.sessions import forget_ended


@shared_task(name="accounts.tasks.forget_logins")
def forget_logins() -> None:
    """Remove registrations that nobody confirmed, and sessions that ended."""
    forget_unconfirmed()
    forget_ended()
