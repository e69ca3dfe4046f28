"""The same floor behind the project's middleware."""

from cms.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.contestants.floor_urls"
