"""The committed OpenAPI description, against the one that the code gives.

`python -m cms.local.openapi check` shows how they differ, `write` renews the file.
"""

import difflib
import os
import sys

from cms.local.installation import BASE_DIR, write_whole

SNAPSHOT = BASE_DIR / "tests" / "contract" / "openapi.json"


def describe() -> str:
    """The API's description as the code gives it, in a form that reads well in a diff."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
    import django

    django.setup()

    from cms.api import api
    from cms.openapi import as_text

    return as_text(api)


def main() -> int:
    """One of the two commands; 1 if `check` finds a difference."""
    current = describe()
    if sys.argv[1:] == ["write"]:
        SNAPSHOT.parent.mkdir(parents=True, exist_ok=True)
        write_whole(SNAPSHOT, current)
        return 0
    committed = SNAPSHOT.read_text() if SNAPSHOT.exists() else ""
    difference = list(
        difflib.unified_diff(committed.splitlines(), current.splitlines(), str(SNAPSHOT), "the code", n=2, lineterm="")
    )
    if difference:
        print("\n".join(difference[:80]), file=sys.stderr)
        print("The API has changed. If it was meant to, `make openapi` renews the file.", file=sys.stderr)
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
