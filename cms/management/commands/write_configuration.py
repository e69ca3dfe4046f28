"""`manage.py write_configuration`: docs/configuration.md, from the class that reads the environment."""

from typing import Any

from django.core.management.base import BaseCommand

from cms.environment import BASE_DIR, Environment

PAGE = BASE_DIR / "docs" / "configuration.md"

HEAD = """# Configuration

One settings module serves the demo, the tests and production; what differs comes from these environment variables.
Written by `manage.py write_configuration` from `cms/environment.py`: change it there.

| variable | default | what it is |
| --- | --- | --- |
"""


def configuration_page() -> str:
    """The page, as Markdown."""
    rows = []
    for name, field in Environment.model_fields.items():
        default = field.get_default()
        shown = "" if hasattr(default, "get_secret_value") or default in ("", None, []) else str(default)
        shown = shown.replace(str(BASE_DIR), ".")
        rows.append(f"| `{name}` | {f'`{shown}`' if shown else ''} | {field.description} |\n")
    return HEAD + "".join(rows)


class Command(BaseCommand):
    """Write the page."""

    help = "Write docs/configuration.md from cms/environment.py."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write."""
        PAGE.write_text(configuration_page(), encoding="utf-8")
