"""A code for another password is good for the account as it was when somebody asked for it."""

from collections.abc import Callable

import pytest

from accounts.decisions import Act, decide
from accounts.models import MediaAccount
from tests.accounts.conftest import PASSWORD, Person, code_sent
from tests.factories.newsroom import make_editor

pytestmark = pytest.mark.django_db
THEIRS = "Harbour-and-Heron-4"


def change_address(owner: Person) -> None:
    owner.change_address("new@press.example")


def change_password(owner: Person) -> None:
    change = {"current_password": PASSWORD, "new_password": "Anchor-and-Lantern-9"}
    assert owner.ask("POST", "account/password/change", change).status_code == 200


def block_and_unblock(owner: Person) -> None:
    editor = make_editor()
    for act in (Act.BLOCK, Act.UNBLOCK):
        decide(act, owner.account.pk, editor, None)


def end_access(owner: Person) -> None:
    decide(Act.END_ACCESS, owner.account.pk, make_editor(), None)


def erase(owner: Person) -> None:
    assert owner.api("DELETE", "account/", {"password": PASSWORD}).status_code == 204


@pytest.mark.parametrize("happens", [change_address, change_password, block_and_unblock, end_access, erase])
def test_code_for_another_password_ends_with_what_the_account_was(happens: Callable[[Person], None]) -> None:
    owner, thief = Person().enter(), Person(address="192.0.2.2").begin()
    assert thief.ask("POST", "auth/password/request", {"email": "ana@press.example"}).status_code == 401
    code = code_sent()
    happens(owner)
    assert thief.ask("GET", "auth/password/reset", x_password_reset_key=code).status_code == 409
    assert thief.ask("POST", "auth/password/reset", {"key": code, "password": THEIRS}).status_code == 409
    assert all(not account.user.check_password(THEIRS) for account in MediaAccount.objects.all())


def test_code_that_was_tried_in_time_ends_too() -> None:
    owner, thief = Person().enter(), Person(address="192.0.2.2").begin()
    thief.ask("POST", "auth/password/request", {"email": "ana@press.example"})
    code = code_sent()
    assert thief.ask("GET", "auth/password/reset", x_password_reset_key=code).status_code == 200
    change_address(owner)
    assert thief.ask("POST", "auth/password/reset", {"key": code, "password": THEIRS}).status_code == 409


def test_code_stays_good_while_nothing_changes(person: Person) -> None:
    MediaAccount.objects.create_confirmed("ana@press.example", PASSWORD)
    person.ask("POST", "auth/password/request", {"email": "ana@press.example"})
    answer = person.ask("POST", "auth/password/reset", {"key": code_sent(), "password": THEIRS})
    assert answer.status_code == 401, answer.content
    assert MediaAccount.objects.get().user.check_password(THEIRS)
