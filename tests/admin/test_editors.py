"""Wagtail's own users, of whom media accounts are none."""

import pytest
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories.accounts import make_account
from tests.factories.newsroom import make_editor

pytestmark = pytest.mark.django_db


def test_wagtails_users_are_editors_only(admin: Client) -> None:
    account, editor = make_account(), make_editor("Editors")
    listed = admin.get(reverse("wagtailusers_users:index")).context["object_list"]
    assert {user.username for user in listed} == {"admin", "editors"}
    assert not admin.get(reverse("wagtailusers_users:index"), {"q": "media-"}).context["object_list"]
    for page in ("edit", "delete", "history", "usage"):
        assert admin.get(reverse(f"wagtailusers_users:{page}", args=[account.pk])).status_code == 404, page
        assert admin.get(reverse(f"wagtailusers_users:{page}", args=[editor.pk])).status_code == 200, page


def test_nobody_makes_a_media_account_an_editor(admin: Client) -> None:
    account = make_account()
    form = {
        "username": "ana",
        "email": "ana@openseas.example",
        "first_name": "Ana",
        "last_name": "D",
        "is_superuser": "on",
    }
    assert admin.post(reverse("wagtailusers_users:edit", args=[account.pk]), form).status_code == 404
    role = reverse("wagtail_bulk_action", args=["accounts", "user", "assign_role"])
    group = make_editor("Senior editors").groups.get()
    for name, sent in (
        ("assign_role", {"role": group.pk}),
        ("set_active_state", {"mark_as_active": "False"}),
        ("delete", {}),
    ):
        url = reverse("wagtail_bulk_action", args=["accounts", "user", name])
        assert admin.post(f"{url}?id={account.pk}", sent).status_code == 404, name
    admin.post(f"{role}?id=all", {"role": group.pk})
    user = User.objects.get(pk=account.pk)
    assert (user.is_active, user.is_superuser, user.groups.count()) == (True, False, 0)


def test_wagtails_password_reset_mails_editors_only(client: Client) -> None:
    make_account(email="ana@press.example")
    editor = make_editor("Editors")
    for email in ("ana@press.example", "", editor.email):
        client.post(reverse("wagtailadmin_password_reset"), {"email": email})
    assert [message.to for message in outbox.outbox] == [[editor.email]]
