"""Celery's entry points: each calls one function of the room."""

from celery import shared_task

from home.mail.posting import wake_sender
from home.mail.sending import is_waiting, send_next
from home.mail.sweep import forget, sweep


@shared_task(name="home.tasks.send_mail")
def send_mail() -> None:
    """Send the mail that has waited longest. A message says that there is work; the rows say which."""
    if send_next() is not None and is_waiting():
        wake_sender()


@shared_task(name="home.tasks.sweep_mails")
def sweep_mails() -> None:
    """Wake who sends, where lost messages or dead workers left mails behind."""
    if sweep():
        wake_sender()


@shared_task(name="home.tasks.forget_mails")
def forget_mails() -> None:
    """Remove what has been over for long."""
    forget()
