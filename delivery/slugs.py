"""Slugs and paths have one form each."""

import unicodedata


def canonical_slug(slug: str) -> str:
    """NFC, lower case, no space around it."""
    return unicodedata.normalize("NFC", slug.strip()).lower()


def canonical_path(path: str) -> str:
    """A frontend path in its one form: NFC, lower case, one slash between parts and at both ends."""
    parts = [part for part in canonical_slug(path.split("?", 1)[0].split("#", 1)[0]).split("/") if part]
    return "/" + "".join(f"{part}/" for part in parts)
