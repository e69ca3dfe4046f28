"""Which addresses are one network, by which tries are counted."""

from typing import Any

import pytest
from django.test import RequestFactory

from accounts.callers import address_of, client_of

SAME = [
    ("203.0.113.9", "203.0.113.9:5000"),
    ("203.0.113.9", "::ffff:203.0.113.9"),
    ("203.0.113.9", "[::ffff:203.0.113.9]:443"),
    ("203.0.113.9", "64:ff9b::203.0.113.9"),
    ("2001:db8::1", "[2001:db8::2]"),
    ("2001:db8::1", "[2001:db8::1]:5000"),
    ("fe80::1", "fe80::1%eth0"),
    ("unknown", "nobody-knows"),
]
OTHERS = [
    ("203.0.113.9", "203.0.113.8"),
    ("::ffff:203.0.113.9", "::ffff:203.0.113.8"),
    ("64:ff9b::203.0.113.9", "64:ff9b::203.0.113.8"),
    ("2001:db8::1", "2001:db8:0:1::1"),
]


def network(address: str) -> str:
    return client_of(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": address}))


@pytest.mark.parametrize(("one", "other", "is_same"), [*((*p, True) for p in SAME), *((*p, False) for p in OTHERS)])
def test_one_network_is_one_however_it_is_written(one: str, other: str, is_same: bool, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    assert (network(one) == network(other)) == is_same


@pytest.mark.parametrize("written", ["::ffff:203.0.113.9", "203.0.113.9:5000"])
def test_address_is_told_in_one_form(written: str) -> None:
    assert address_of(RequestFactory().get("/", REMOTE_ADDR=written)) == "203.0.113.9"
