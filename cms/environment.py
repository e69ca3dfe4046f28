"""Everything that differs from one installation to the next, a field a variable.

The demo works with nothing set. With `PRODUCTION=true` each field marked *secret* has to be given, and the
process refuses to start with one message that names all that are missing. `docs/configuration.md` is written
from this class.
"""

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parent.parent

RUNG = re.compile(r"[a-z][a-z0-9-]{0,39}:[1-9][0-9]{1,3}:[1-9][0-9]{1,5}")
DEMO_SECRET = "demo-only-not-a-secret"  # noqa: S105


class Environment(BaseSettings):
    """Settings of one installation, read from environment variables of the same names."""

    model_config = SettingsConfigDict(hide_input_in_errors=True, extra="ignore")

    PRODUCTION: bool = Field(False, description="Refuse to start without secrets; secure cookies and HTTPS only.")
    DEBUG: bool = Field(False, description="Django's debug pages. Never in production.")
    SECRET_KEY: SecretStr = Field(
        SecretStr(DEMO_SECRET),
        description="Signs sessions, previews and file addresses. Required in production.",
    )
    DATABASE_URL: str = Field(
        "", description="PostgreSQL, as postgres://user:password@host:port/name. Required in production."
    )
    CELERY_BROKER_URL: str = Field("", description="Valkey or Redis for the queue. Required in production.")
    CACHE_URL: str = Field(
        "", description="Valkey or Redis for the shared cache; the broker's server, base 1, if empty."
    )
    VAR_DIR: Path = Field(BASE_DIR / "var", description="Everything the demo writes: databases, files, mails, logs.")
    MEDIA_DIR: Path | None = Field(
        None, description="Pictures, attachments where no bucket is set; VAR_DIR/media if empty."
    )
    VIDEOS_DIR: Path | None = Field(
        None, description="Masters, renditions and clips where no bucket is set; VAR_DIR/videos if empty."
    )
    S3_BUCKET: str = Field(
        "",
        description="Private bucket for uploaded files, videos below its prefix videos/; empty: the file system.",
    )
    S3_ENDPOINT_URL: str = Field(
        "", description="Address of an S3-compatible server, which editors' browsers reach too; empty: AWS."
    )
    S3_REGION: str = Field("", description="The bucket's region.")
    S3_ACCESS_KEY_ID: str = Field("", description="Key to the bucket; empty: what the machine's role has.")
    S3_SECRET_ACCESS_KEY: SecretStr = Field(SecretStr(""), description="The secret that belongs to the key.")
    UPLOAD_LIMIT_GB: int = Field(200, ge=1, le=5000, description="Size of the largest master, in GB (10⁹ bytes).")
    UPLOAD_KEEP_HOURS: int = Field(
        24,
        ge=1,
        description="Hours for which an upload that broke off can be gone on with; then its parts are removed.",
    )
    PORT: int = Field(8000, ge=1, le=65535, description="Port of the web server.")
    SITE_NAME: str = Field(
        "", description="Name of the newsroom in the admin; “Newsroom” in the reader's language if empty."
    )
    BASE_URL: str = Field("", description="Address of this server as browsers see it; http://127.0.0.1:PORT if empty.")
    FRONTEND_URL: str = Field(
        "http://localhost:3000",
        description="Address of the public frontend, for links in mails and for the first site record.",
    )
    PASSKEY_DOMAIN: str = Field(
        "",
        description="Host that passkeys are bound to, or a domain above it; that of FRONTEND_URL if empty. "
        "Whoever changes it makes every passkey useless.",
    )
    FRONTEND_PREVIEW: str = Field(
        "{path}?preview={token}",
        description="Where the frontend shows a draft, below its address; {path}, {locale} and {token} are filled in.",
    )
    ALLOWED_HOSTS: Annotated[list[str], NoDecode] = Field(
        [], description="Host names this server answers to, separated by commas. Required in production."
    )
    CORS_ALLOWED_ORIGINS: Annotated[list[str], NoDecode] = Field(
        [], description="Frontend origins that may send credentials, separated by commas."
    )
    EMAIL_HOST: str = Field("127.0.0.1", description="SMTP server.")
    EMAIL_PORT: int = Field(25, description="SMTP port.")
    EMAIL_HOST_USER: str = Field("", description="SMTP user.")
    EMAIL_HOST_PASSWORD: SecretStr = Field(SecretStr(""), description="SMTP password.")
    EMAIL_USE_TLS: bool = Field(False, description="STARTTLS for SMTP.")
    DEFAULT_FROM_EMAIL: str = Field("newsroom@openseas.example", description="Sender of mails.")
    MAIL_REPLY_TO: str = Field(
        "", description="Where answers to mails go, and who is to be asked for help; empty: the site's press e-mail."
    )
    MAIL_TRY_HOURS: int = Field(
        24, ge=1, le=168, description="Hours for which a mail is tried that no mail server takes; then it has failed."
    )
    MAIL_KEEP_DAYS: int = Field(30, ge=1, description="Days for which the admin lists mails, without what was in them.")
    MAILCHIMP_API_KEY: SecretStr = Field(
        SecretStr(""),
        description="Key to Mailchimp; empty: newsletters' subscribers are kept here, and told to it later.",
    )
    MAILCHIMP_URL: str = Field(
        "",
        description="Address of Mailchimp's API; empty: the data centre that the key names, as https://us1.api.mailchimp.com/3.0.",
    )
    MAILCHIMP_WEBHOOK_SECRET: SecretStr = Field(
        SecretStr(""),
        description="In the address that Mailchimp calls, /hooks/mailchimp/SECRET/; empty: nobody can call.",
    )
    NEWSLETTER_CONFIRM_DAYS: int = Field(
        7, ge=1, le=60, description="Days for which the link that confirms a newsletter subscription is good."
    )
    FEED_KEEP_DAYS: int = Field(
        90, ge=1, description="Days for which the change feed keeps every change; what is older becomes a snapshot."
    )
    OPENSEARCH_URL: str = Field(
        "",
        description="OpenSearch, as https://user:password@host:9200, for search at scale; empty: PostgreSQL answers.",
    )
    OPENSEARCH_PREFIX: str = Field(
        "newsroom",
        pattern=r"^[a-z][a-z0-9_]{0,39}$",
        description="What this newsroom's indices there are called; another one for each newsroom on that server.",
    )
    VIDEO_LADDER: Annotated[list[str], NoDecode] = Field(
        ["web:1280:2500", "proxy:640:600"],
        description="Encodings made of each video, separated by commas: name:most pixels wide:most kilobits a second.",
    )
    TRUSTED_PROXIES: int = Field(
        1,
        ge=0,
        description="Front servers that append to X-Forwarded-For; who asks without an account is counted by address.",
    )
    CLIP_MINUTES: int = Field(60, ge=1, description="The longest clip.")
    CLIP_KEEP_HOURS: int = Field(24, ge=1, description="Hours for which a clip that is ready can be downloaded.")
    CLIPS_UNFINISHED: int = Field(200, ge=1, description="Clips of one account that may wait or be cut at a time.")
    CLIPS_UNFINISHED_ANONYMOUS: int = Field(40, ge=1, description="The same for an address without an account.")
    CLIPS_AN_HOUR: int = Field(1000, ge=1, description="Clips that one account may order an hour.")
    CLIPS_AN_HOUR_ANONYMOUS: int = Field(300, ge=1, description="The same for an address without an account.")
    CLIPS_UNFINISHED_IN_ALL: int = Field(500, ge=1, description="Clips of everybody that may wait or be cut.")
    ORDER_CLIPS: int = Field(100, ge=1, description="Clips that one order may have.")
    ORDERS_AN_HOUR: int = Field(100, ge=1, description="Orders that one account or address may send an hour.")
    DOWNLOADS_A_DAY: int = Field(
        2000, ge=1, description="Downloads and clips that one account may have within any 24 hours."
    )
    STREAMS_LIMIT: int = Field(2000, ge=1, description="Event streams that may be open at a time.")
    DEEPL_AUTH_KEY: SecretStr = Field(SecretStr(""), description="Key for machine translation by DeepL; empty: off.")

    @field_validator("ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "VIDEO_LADDER", mode="before")
    @classmethod
    def split_at_commas(cls, value: object) -> object:
        """`a,b` → `["a", "b"]`."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("VIDEO_LADDER")
    @classmethod
    def refuse_bent_rungs(cls, rungs: list[str]) -> list[str]:
        """Each as described, each name once. Raises ValueError."""
        names = [rung.partition(":")[0] for rung in rungs]
        if not all(RUNG.fullmatch(rung) for rung in rungs) or "master" in names or len(set(names)) < len(names):
            raise ValueError("VIDEO_LADDER is a list such as web:1280:2500,proxy:640:600; master is no name of a rung")
        return rungs

    @model_validator(mode="after")
    def refuse_incomplete_production(self) -> Self:
        """In production, name everything that is missing at once. Raises ValueError."""
        if not self.PRODUCTION:
            return self
        missing = [
            name
            for name, given in {
                "SECRET_KEY": self.SECRET_KEY.get_secret_value() not in ("", DEMO_SECRET),
                "DATABASE_URL": bool(self.DATABASE_URL),
                "CELERY_BROKER_URL": bool(self.CELERY_BROKER_URL),
                "ALLOWED_HOSTS": bool(self.ALLOWED_HOSTS),
                "BASE_URL": self.BASE_URL.startswith("https://"),
            }.items()
            if not given
        ]
        if missing:
            raise ValueError(f"production needs these variables: {', '.join(missing)} (docs/configuration.md)")
        if self.DEBUG:
            raise ValueError("DEBUG must be off in production")
        return self

    @property
    def base_url(self) -> str:
        """Address of this server, without a slash at the end."""
        return (self.BASE_URL or f"http://127.0.0.1:{self.PORT}").rstrip("/")

    @property
    def media_dir(self) -> Path:
        """Folder of uploaded files."""
        return self.MEDIA_DIR or self.VAR_DIR / "media"

    @property
    def videos_dir(self) -> Path:
        """Folder of masters, renditions and clips."""
        return self.VIDEOS_DIR or self.VAR_DIR / "videos"

    @property
    def limits_storage(self) -> str:
        """Where tries are counted: the server of the shared cache."""
        return self.cache_url or "memory://"

    @property
    def cache_url(self) -> str:
        """Shared cache: its own address, or base 1 of the broker's server."""
        if self.CACHE_URL or not self.CELERY_BROKER_URL:
            return self.CACHE_URL
        return (
            self.CELERY_BROKER_URL.rsplit("/", 1)[0] + "/1"
            if self.CELERY_BROKER_URL.count("/") > 2
            else (self.CELERY_BROKER_URL + "/1")
        )
