"""The project: settings, addresses, assembly of the API."""

from cms.celery import app as celery_app

__all__ = ["celery_app"]
