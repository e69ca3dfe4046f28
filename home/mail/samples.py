"""Every kind of mail there is, with a sample of what is in it: `samples.json` beside the templates of each room."""

import json
from pathlib import Path
from typing import Any

from django.template.utils import get_app_template_dirs


def samples() -> dict[str, dict[str, Any]]:
    """Name of a template → a context for it. Links in it are paths of the frontend, or of the admin."""
    found: dict[str, dict[str, Any]] = {}
    for folder in get_app_template_dirs("templates/mail"):
        path = Path(folder) / "samples.json"
        if path.exists():
            found |= json.loads(path.read_text())
    return dict(sorted(found.items()))
