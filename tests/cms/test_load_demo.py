"""What `manage.py load_demo` refuses."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("option", ["--stories", "--video-seconds"])
def test_less_than_nothing_is_refused(option: str) -> None:
    with pytest.raises(CommandError, match="negative"):
        call_command("load_demo", option, "-5")
