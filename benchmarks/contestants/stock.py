"""Settings of a stock Wagtail site with its APIs v2 and v3, on the project's models and database.

The middleware is that of `wagtail start`, without the redirects, which cost only where nothing is found.
"""

from cms.settings import *  # noqa: F403
from cms.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [
    *OURS,
    "rest_framework",
    "wagtail.api.v2",
    "wagtail.api.v3",
    "benchmarks.contestants.stock_fields.StockFieldsConfig",
]
ROOT_URLCONF = "benchmarks.contestants.stock_urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
