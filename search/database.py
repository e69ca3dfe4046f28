"""What the database has to know before it can search: extensions, and how each language is read.

Not a migration: tests may make tables without them. Each statement may be repeated. The extensions are trusted, so the
owner of the database may create them (PostgreSQL 13 and later).
"""

from typing import Any

from django.db import connection

# PostgreSQL's names of the languages that the newsroom publishes in.
LANGUAGES = {"en": "english", "fr": "french"}


def folded_config(locale: str) -> str:
    """The configuration that reads words of a language by their forms without accents."""
    return f"newsroom_{locale}"


def exact_config(locale: str) -> str:
    """The one that reads them by their forms with accents: PostgreSQL's own."""
    return f"pg_catalog.{LANGUAGES[locale]}"


# Words that say nothing are dropped before accents are: without its accent "été" would be none of them.
FOLDED = """
    CREATE TEXT SEARCH DICTIONARY newsroom_{locale}_stop
        (TEMPLATE = pg_catalog.simple, STOPWORDS = {language}, ACCEPT = false);
    CREATE TEXT SEARCH CONFIGURATION newsroom_{locale} (COPY = pg_catalog.{language});
    ALTER TEXT SEARCH CONFIGURATION newsroom_{locale}
        ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword,
            hword_asciipart, hword_part, hword_numpart
        WITH newsroom_{locale}_stop, unaccent, {language}_stem;
"""
# For the newsroom's own search, over both languages at once: no accents, no word forms.
ANY = """
    CREATE TEXT SEARCH CONFIGURATION newsroom_any (COPY = pg_catalog.simple);
    ALTER TEXT SEARCH CONFIGURATION newsroom_any
        ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword,
            hword_asciipart, hword_part, hword_numpart
        WITH unaccent, simple;
"""


def prepare_database(**_signal: Any) -> None:
    """Create what is missing."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS unaccent; CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("SELECT cfgname FROM pg_ts_config")
        known = {name for (name,) in cursor.fetchall()}
        for locale, language in LANGUAGES.items():
            if f"newsroom_{locale}" not in known:
                cursor.execute(FOLDED.format(locale=locale, language=language))
        if "newsroom_any" not in known:
            cursor.execute(ANY)
