"""One settings module for demo, tests and production; what differs comes from `cms.environment`."""

import sys
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.utils.translation import gettext_lazy as _
from kombu.entity import Queue

from cms.environment import BASE_DIR, Environment

env = Environment()

PRODUCTION = env.PRODUCTION
DEBUG = env.DEBUG
SECRET_KEY = env.SECRET_KEY.get_secret_value()
VAR_DIR = env.VAR_DIR
BASE_URL = env.base_url
FRONTEND_URL = env.FRONTEND_URL.rstrip("/")
FRONTEND_PREVIEW = env.FRONTEND_PREVIEW
FEED_KEEP_DAYS = env.FEED_KEEP_DAYS
OPENSEARCH_URL = env.OPENSEARCH_URL
OPENSEARCH_PREFIX = env.OPENSEARCH_PREFIX
STREAMS_LIMIT = env.STREAMS_LIMIT
TRUSTED_PROXIES = env.TRUSTED_PROXIES
CLIP_MINUTES = env.CLIP_MINUTES
CLIP_KEEP_HOURS = env.CLIP_KEEP_HOURS
CLIPS_UNFINISHED = env.CLIPS_UNFINISHED
CLIPS_UNFINISHED_ANONYMOUS = env.CLIPS_UNFINISHED_ANONYMOUS
CLIPS_AN_HOUR = env.CLIPS_AN_HOUR
CLIPS_AN_HOUR_ANONYMOUS = env.CLIPS_AN_HOUR_ANONYMOUS
CLIPS_UNFINISHED_IN_ALL = env.CLIPS_UNFINISHED_IN_ALL
ORDER_CLIPS = env.ORDER_CLIPS
ORDERS_AN_HOUR = env.ORDERS_AN_HOUR
DOWNLOADS_A_DAY = env.DOWNLOADS_A_DAY
# Where cuts are written before they are stored: a folder of this machine's own.
UNFINISHED_DIR = env.VAR_DIR / "unfinished"
INGEST_DIR = env.VAR_DIR / "ingest"
VIDEO_LADDER = env.VIDEO_LADDER

ALLOWED_HOSTS = env.ALLOWED_HOSTS or ["127.0.0.1", "localhost", "[::1]", "testserver"]
# Where frontends stand: their scripts may ask in an account's name, and people are led back to them.
FRONTEND_ORIGINS = CORS_ALLOWED_ORIGINS = env.CORS_ALLOWED_ORIGINS
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/(_allauth|api/v1/(account|clips|orders|videos/[^/]+/(clips|download)))/"
CORS_ALLOW_HEADERS = [
    *("accept", "accept-language", "content-type", "x-csrftoken", "x-session-token"),
    *("x-device-token", "x-email-verification-key", "x-password-reset-key"),
]
CORS_EXPOSE_HEADERS = ["Retry-After", "Location", "RateLimit", "RateLimit-Policy", "X-Device-Token"]
CSRF_TRUSTED_ORIGINS = [BASE_URL, *CORS_ALLOWED_ORIGINS]

INSTALLED_APPS = [
    "cms",
    "news",
    "search",
    "newsletter",
    "videos",
    "accounts",
    "home",
    "delivery",
    "jobs",
    "wagtail_localize",
    "wagtail_localize.locales",
    "wagtailmedia",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "cms.users.EditorsConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "ninja",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    "corsheaders",
    "django_countries",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "cms.middleware.ApiMiddleware",
    "cms.middleware.FilesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.login.gate.GateMiddleware",
    "accounts.wall.TwoSessionsMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "delivery.middleware.PublishingTransactionMiddleware",
]

ROOT_URLCONF = "cms.urls"
WSGI_APPLICATION = "cms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "cms" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": dj_database_url.parse(
        env.DATABASE_URL or "postgres://newsroom@127.0.0.1:5432/newsroom",
        conn_max_age=600,
        conn_health_checks=True,
    )
}
# Only `delivery.rows` has statements prepared: Django's own queries are sent with their values in them.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("prepare_threshold", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": (
        {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": env.cache_url,
            "KEY_PREFIX": "newsroom",
            # Without it nobody could publish: Wagtail keeps the paths of sites there, and asks for them at each act.
            "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.5, "SOCKET_TIMEOUT": 2},
        }
        if env.cache_url
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

AUTH_USER_MODEL = "accounts.User"
# Editors, and media accounts: see `accounts.wall`.
AUTHENTICATION_BACKENDS = ["accounts.wall.EditorBackend", "accounts.wall.MediaBackend"]
# OWASP's password storage cheat sheet: 19 MiB, two rounds, one thread.
PASSWORD_HASHERS = ["accounts.passwords.Argon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

MEDIA_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "accounts.passwords.PolicyValidator"},
    {"NAME": "accounts.passwords.OwnNameValidator"},
    {"NAME": "accounts.passwords.LikePersonValidator"},
    {"NAME": "accounts.passwords.CommonValidator"},
]

# Media accounts: allauth does the flows, without pages of its own; what it misses is in `accounts`.
ACCOUNT_ADAPTER = "accounts.login.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.login.registration.RegistrationForm"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_USER_DISPLAY = "accounts.login.adapter.display"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 1800
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 10
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_NOTIFICATIONS = True
# The code's own time is what counts, also of one that was made anew because the mail server was away.
ACCOUNT_LOGIN_TIMEOUT = 24 * 3600
# `accounts.login.gate` counts, exactly and for all processes.
ACCOUNT_RATE_LIMITS = False
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
HEADLESS_ONLY = True
HEADLESS_ADAPTER = "accounts.login.adapter.HeadlessAdapter"
HEADLESS_TOKEN_STRATEGY = "accounts.wall.MediaTokenStrategy"  # noqa: S105
HEADLESS_SERVE_SPECIFICATION = True
HEADLESS_SPECIFICATION_TEMPLATE_NAME = None
# Pages of the frontend, which mails lead to.
HEADLESS_FRONTEND_URLS = {
    "account_login": f"{FRONTEND_URL}/account/login",
    "account_signup": f"{FRONTEND_URL}/account/register",
    "account_reset_password": f"{FRONTEND_URL}/account/reset",
    "account_terms": f"{FRONTEND_URL}/account/terms",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1
PASSKEY_DOMAIN = env.PASSKEY_DOMAIN or urlsplit(FRONTEND_URL).hostname or "localhost"
MFA_ADAPTER = "accounts.login.second_factor.SecondFactorAdapter"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MEDIA_SESSION_COOKIE_NAME = "newsroom_media"
# After so long somebody logs in again, though he uses his session.
MEDIA_SESSION_DAYS = 30
EDITOR_SESSION_HOURS = 12
LIMITS_STORAGE = env.limits_storage
WAGTAILADMIN_USER_LOGIN_FORM = "accounts.login.editors.EditorLoginForm"

# Languages: of the admin, of the content, of errors and mails.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
FORMAT_MODULE_PATH = ["cms.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = env.VAR_DIR / "static"
# Pictures and attachments are private: `delivery.files` hands out what a published document shows.
MEDIA_URL = "/media/"
MEDIA_ROOT = env.media_dir
# Masters, renditions and clips have a storage of their own (`videos.storage`).
VIDEOS_DIR = env.videos_dir
UPLOAD_LIMIT_GB = env.UPLOAD_LIMIT_GB
UPLOAD_KEEP_HOURS = env.UPLOAD_KEEP_HOURS
S3_ENDPOINT_URL = env.S3_ENDPOINT_URL
_BUCKET = {
    "bucket_name": env.S3_BUCKET,
    "endpoint_url": env.S3_ENDPOINT_URL or None,
    "region_name": env.S3_REGION or None,
    "access_key": env.S3_ACCESS_KEY_ID or None,
    "secret_key": env.S3_SECRET_ACCESS_KEY.get_secret_value() or None,
    "signature_version": "s3v4",
    "addressing_style": "path" if env.S3_ENDPOINT_URL else "virtual",
    "querystring_expire": 300,
    "file_overwrite": False,
}
STORAGES = {
    "default": (
        {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _BUCKET}
        if env.S3_BUCKET
        else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    ),
    "videos": (
        {"BACKEND": "videos.storage.VideoBucket", "OPTIONS": {**_BUCKET, "location": "videos"}}
        if env.S3_BUCKET
        else {"BACKEND": "videos.storage.VideoFolder"}
    ),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if "pytest" in sys.modules
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Whatever is sent is a row first, which a worker takes to the server.
EMAIL_BACKEND = "home.mail.backend.OutboxBackend"
MAIL_SERVER_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.EMAIL_HOST
EMAIL_PORT = env.EMAIL_PORT
EMAIL_HOST_USER = env.EMAIL_HOST_USER
EMAIL_HOST_PASSWORD = env.EMAIL_HOST_PASSWORD.get_secret_value()
EMAIL_USE_TLS = env.EMAIL_USE_TLS
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.DEFAULT_FROM_EMAIL
MAIL_REPLY_TO = env.MAIL_REPLY_TO
MAIL_TRY_HOURS = env.MAIL_TRY_HOURS
MAIL_KEEP_DAYS = env.MAIL_KEEP_DAYS
MAILCHIMP_API_KEY = env.MAILCHIMP_API_KEY.get_secret_value()
MAILCHIMP_URL = env.MAILCHIMP_URL
MAILCHIMP_WEBHOOK_SECRET = env.MAILCHIMP_WEBHOOK_SECRET.get_secret_value()
NEWSLETTER_CONFIRM_DAYS = env.NEWSLETTER_CONFIRM_DAYS

CELERY_BROKER_URL = env.CELERY_BROKER_URL or "redis://127.0.0.1:6379/0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The row decides who works on it (jobs.lease); a message that comes again hours later does no harm.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 6 * 3600,
    "socket_connect_timeout": 0.5,
    # By kombu's own choice who sends a message to a broker that is gone waits for 6 s.
    "max_retries": 1,
    "interval_start": 0,
}
# Messages are few. Of a pool a connection that got lost is missing for ever, and an editor would wait for it in vain.
CELERY_BROKER_POOL_LIMIT = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
# A worker without `-Q` takes from all; docs/operations.md says which to run.
CELERY_TASK_QUEUES = [Queue(name) for name in ("celery", "clips", "encodes", "mails", "newsletter")]

WAGTAIL_SITE_NAME = env.SITE_NAME or _("Newsroom")
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAILIMAGES_IMAGE_MODEL = "home.EditorialImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "home.forms.EditorialImageForm"
WAGTAILDOCS_DOCUMENT_MODEL = "home.Attachment"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 40 * 1024 * 1024
WAGTAILMEDIA = {
    "MEDIA_MODEL": "videos.VideoFile",
    "MEDIA_FORM_BASE": "videos.forms.VideoFileForm",
    # How the name of a file may end; whether it is a video, ingest finds out from its bytes.
    "VIDEO_EXTENSIONS": "mp4 mov m4v mkv webm mxf avi ts mts m2ts mpg mpeg".split(),
}
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "search.backend"}}
WAGTAIL_WORKFLOW_ENABLED = True
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ALLOW_UNICODE_SLUGS = False
TAGGIT_CASE_INSENSITIVE = True
# A submission for translation makes a draft, whatever the state of its source.
WAGTAILLOCALIZE_SYNC_LIVE_STATUS_ON_TRANSLATE = False
if env.DEEPL_AUTH_KEY.get_secret_value():
    WAGTAILLOCALIZE_MACHINE_TRANSLATOR = {
        "CLASS": "home.translation.machine.DeepL",
        "OPTIONS": {"AUTH_KEY": env.DEEPL_AUTH_KEY.get_secret_value()},
    }

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Wagtail shows its preview in a frame of its own; everybody else is kept out.
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = ["security.W019"]
SESSION_COOKIE_NAME = "newsroom_editor"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {name: {"level": "INFO"} for name in ("delivery", "videos", "news", "home", "jobs", "cms")},
}
