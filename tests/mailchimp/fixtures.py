"""A double of Mailchimp for a test, as a plugin of pytest.

Fixtures:

- `mailchimp` a fresh double with two audiences; a test that sends it what no program of ours may send fails
"""

from collections.abc import Iterator

import pytest

from tests.mailchimp.server import Double
from tests.mailchimp.state import Audience, MergeField

NEWSLETTERS = ["Morning", "Weekly", "Science"]


def stock(double: Double) -> list[Audience]:
    """Give it two audiences: one for the public, with fields for name and language, and a small one for the press."""
    names = [MergeField(1, "FNAME", "First name"), MergeField(2, "LNAME", "Last name")]
    language = MergeField(3, "LANGUAGE", "Language", "dropdown", choices=("fr", "en"))
    public = double.add_audience("Newsroom", [*names, language], Newsletters=NEWSLETTERS)
    press = double.add_audience("Press", [MergeField(1, "LANG", "Language")], Newsletters=["Embargoed"])
    return [public, press]


@pytest.fixture
def mailchimp() -> Iterator[Double]:
    """A double on a free port: `mailchimp.api_url`, `mailchimp.key`, `mailchimp.account.audiences`."""
    with Double() as double:
        stock(double)
        yield double
    assert not double.violations, "\n".join(["Mailchimp would not understand:", *double.violations])
