"""What `manage.py load_demo` refuses."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Level, MediaAccount, UsageEntry
from cms.demo.accounts import load_accounts
from cms.demo.people import load_people


@pytest.mark.parametrize("option", ["--stories", "--video-seconds"])
def test_less_than_nothing_is_refused(option: str) -> None:
    with pytest.raises(CommandError, match="negative"):
        call_command("load_demo", option, "-5")


@pytest.mark.django_db
def test_media_accounts_of_the_demo_are_at_every_level(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = str(tmp_path)
    load_people()
    assert load_accounts()
    levels = {account.name: account.level for account in MediaAccount.objects.confirmed()}
    assert levels == {
        "Nora Halle": Level.REGISTERED,
        "Joana Brites": Level.PENDING,
        "Mathis Orvane": Level.ACCREDITED,
        "Deke Larrimore": Level.BLOCKED,
    }
    for name in ("Nora Halle", "Mathis Orvane"):
        assert not MediaAccount.objects.get(name=name).has_to_accept(), name
    assert UsageEntry.objects.filter(account__name="Nora Halle").count() > 10
    assert not UsageEntry.objects.filter(account__name="Joana Brites").exists()
    assert not load_accounts()
