"""Monitors read `/healthz`, and do nothing else there."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_health_is_only_read() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get("/healthz").status_code in (200, 503)
    for method in (client.post, client.put, client.delete, client.options):
        assert method("/healthz").status_code == 405
