"""Settings of the floor: Django with one view that returns constant bytes, no middleware, no database."""

from cms.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.contestants.floor_urls"
MIDDLEWARE = []
