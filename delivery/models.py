"""What the public reads, and the log of how it changed.

A page is where editors write; nothing here is edited by hand. `delivery.sync` is the only writer.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Release(models.TextChoices):
    """How the languages of a story go out."""

    ORIGINAL_FIRST = "original_first", _("Translations go out with the original, or after it")
    TOGETHER = "together", _("All languages go out together")
    WHEN_READY = "when_ready", _("Each language goes out when it is ready, in any order")


class Story(models.Model):
    """A page in all its languages. The id is Wagtail's `translation_key`.

    What is true of the story whatever the language lives here and not on pages: wagtail-localize excludes
    `go_live_at` and `expire_at` from synchronised fields, so an embargo kept on a page does not bind its translation.
    """

    id = models.UUIDField(primary_key=True)
    collection = models.CharField(max_length=32)
    original_locale = models.ForeignKey("wagtailcore.Locale", models.PROTECT, related_name="+")
    release = models.CharField(_("release"), max_length=16, choices=Release, default=Release.ORIGINAL_FIRST)
    embargo_until = models.DateTimeField(_("embargo until"), null=True, blank=True)
    public_date = models.DateTimeField(
        _("public date"),
        null=True,
        blank=True,
        help_text=_("The date readers see and lists are sorted by. Empty: the moment of the first publication."),
    )
    translation_not_needed = models.BooleanField(_("translation not needed"), default=False)
    translation_not_needed_reason = models.CharField(_("why no translation is needed"), max_length=255, blank=True)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_reason = models.TextField(_("why it was withdrawn"), blank=True)
    replacement = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("replaced by")
    )

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        constraints = [
            models.CheckConstraint(
                name="story_reason_for_no_translation",
                condition=models.Q(translation_not_needed=False) | ~models.Q(translation_not_needed_reason=""),
                violation_error_message=_("Say why no translation is needed."),
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class NextChange(models.Model):
    """The next moment at which the clock alone changes what is public of a story: embargo, schedule, expiry, a slot.

    Not a column of `Story`: editors' requests update that row before they take the publish lock, and `delivery.sync`
    writes here after it has taken it; one row for both would deadlock.
    """

    story = models.OneToOneField(Story, models.CASCADE, primary_key=True, related_name="next_change")
    at = models.DateTimeField(db_index=True)
    is_prepared = models.BooleanField(default=False, help_text="Somebody has looked ahead: see PreparedDocument.")

    def __str__(self) -> str:
        return f"{self.story_id} {self.at:%Y-%m-%d %H:%M:%S}"


class PublicationKind(models.TextChoices):
    """What a publication means to a reader."""

    SMALL_EDIT = "small_edit", _("Small edit: readers need not notice")
    UPDATE = "update", _("Update: something new")
    CORRECTION = "correction", _("Correction: something was wrong")


class Publication(models.Model):
    """One publication of a story in one language: when, of what kind. Never deleted: public dates come from here."""

    story = models.ForeignKey(Story, models.CASCADE, related_name="publications")
    locale = models.CharField(max_length=8)
    revision_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=16, choices=PublicationKind)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["story", "locale", "at"], name="publication_of_story")]

    def __str__(self) -> str:
        return f"{self.story_id} {self.locale} {self.kind} {self.at:%Y-%m-%d %H:%M}"


class DocumentRow(models.Model):
    """A render of one page in one language."""

    locale = models.CharField(max_length=8)
    collection = models.CharField(max_length=32)
    page_id = models.BigIntegerField()
    revision_id = models.BigIntegerField(null=True)
    path = models.CharField(max_length=1024)
    slug = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    # Bytes, not jsonb, which reorders keys: the ETag is a hash of exactly what we send.
    card = models.BinaryField()
    body = models.BinaryField()
    etag = models.CharField(max_length=32)
    renderer_version = models.PositiveIntegerField()
    first_published_at = models.DateTimeField()
    published_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    # `topic:<id>`, `tag:<slug>`, …: what lists filter by.
    terms = ArrayField(models.CharField(max_length=300), default=list)
    # `story:<id>`, `image:<id>`, `topic:<id>`, …: what a change of must render this again.
    depends_on = ArrayField(models.CharField(max_length=300), default=list)
    # `image:<id>`, `attachment:<id>`, `rendition:<id>`: the files that the public may fetch because of this document.
    shows = ArrayField(models.CharField(max_length=300), default=list)
    # From this moment on a fresh render would differ, though nobody touched anything.
    stale_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.path


class PublishedDocument(DocumentRow):
    """What the public reads of one page in one language. No row, nothing to read: so an embargo holds."""

    story = models.ForeignKey(Story, models.CASCADE, related_name="documents")
    sequence = models.BigIntegerField()

    class Meta:
        verbose_name = _("published document")
        constraints = [
            models.UniqueConstraint(fields=["story", "locale"], name="document_once_a_language"),
            models.UniqueConstraint(fields=["path"], name="document_path", deferrable=models.Deferrable.DEFERRED),
        ]
        indexes = [
            models.Index(fields=["collection", "locale", "-published_at", "-story"], name="document_newest"),
            models.Index(fields=["collection", "-published_at", "-story"], name="document_newest_any"),
            models.Index(fields=["collection", "locale", "slug"], name="document_slug"),
            models.Index(fields=["collection", "locale", "updated_at"], name="document_updated"),
            models.Index(fields=["page_id"], name="document_page"),
            models.Index(fields=["renderer_version"], name="document_renderer"),
            GinIndex(fields=["terms"], name="document_terms"),
            GinIndex(fields=["depends_on"], name="document_depends_on"),
            GinIndex(fields=["shows"], name="document_shows"),
        ]


class PreparedDocument(DocumentRow):
    """A first document that waits for its moment, rendered as of that moment. Nobody reads this table.

    At the moment the rule is asked again (`delivery.prepared`); whatever changes before deletes the row.
    """

    story = models.ForeignKey(Story, models.CASCADE, related_name="prepared")
    due_at = models.DateTimeField()
    publication_kind = models.CharField(max_length=16, choices=PublicationKind, blank=True)
    publication_at = models.DateTimeField(null=True)
    # What `NextChange` is to be once this is public.
    next_change_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("prepared document")
        constraints = [models.UniqueConstraint(fields=["story", "locale"], name="prepared_once_a_language")]
        indexes = [GinIndex(fields=["depends_on"], name="prepared_depends_on")]


class ChangeKind(models.TextChoices):
    """What an entry of the feed tells its reader."""

    NEW = "new"
    SMALL_EDIT = "small_edit"
    UPDATE = "update"
    CORRECTION = "correction"
    REFRESH = "refresh"  # nobody edited it: something that it mentions changed
    WITHDRAWN = "withdrawn"


class Change(models.Model):
    """An entry of the feed. Sequences rise in the order of commits, without gaps above `LogHead.compacted`."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=16, choices=ChangeKind)
    story_id = models.UUIDField(db_index=True)
    locale = models.CharField(max_length=8)
    collection = models.CharField(max_length=32)
    path = models.CharField(max_length=1024)
    etag = models.CharField(max_length=32, blank=True)
    replacement_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"{self.sequence} {self.kind} {self.path}"


class LogHead(models.Model):
    """The one row that numbers changes. A counter, for a sequence burns a number at each rollback."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.UUIDField(default=uuid.uuid4)
    sequence = models.BigIntegerField(default=0)
    # The horizon: at or below it stands only the snapshot of what was public there (`delivery.compaction`).
    compacted = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="log_head_is_one_row", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"{self.epoch}:{self.sequence}"


class OldPath(models.Model):
    """A frontend path at which a document once was. It names the story, not the next path: so no chain, no loop.

    Several stories may have had it, one after another: it leads to the latest of them that is public.
    """

    path = models.CharField(max_length=1024)
    story = models.ForeignKey(Story, models.CASCADE, related_name="old_paths")
    locale = models.CharField(max_length=8)
    slug = models.CharField(max_length=255)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["path", "story", "locale"], name="old_path_once_a_story")]
        indexes = [models.Index(fields=["slug", "locale"], name="old_path_slug")]

    def __str__(self) -> str:
        return self.path


class Refresh(models.Model):
    """Documents that depend on `dependency` are to be rendered again; worked off in batches, from `cursor` on."""

    dependency = models.CharField(max_length=300)
    cursor = models.BigIntegerField(default=0)
    requested_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    error = models.TextField(blank=True, help_text="Why the last attempt failed; only of a story that waits alone.")

    class Meta:
        verbose_name = _("refresh of documents")

    def __str__(self) -> str:
        return self.dependency


class ParkedPublication(models.Model):
    """A scheduled act that failed. It is tried again, ever more rarely, and holds up no other."""

    page_id = models.BigIntegerField(primary_key=True)
    attempts = models.PositiveIntegerField(default=1)
    error = models.TextField()
    failed_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField()

    class Meta:
        verbose_name = _("scheduled publication that failed")
        verbose_name_plural = _("scheduled publications that failed")

    def __str__(self) -> str:
        return f"{self.page_id}: {self.error.splitlines()[-1] if self.error else ''}"


class Preview(models.Model):
    """The right to read one page's latest draft for a while. Only a hash of the token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    page_id = models.BigIntegerField()
    locale = models.CharField(max_length=8)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    # As of a document: the files that the draft showed when it was last read.
    shows = ArrayField(models.CharField(max_length=300), default=list)

    class Meta:
        verbose_name = _("preview link")
        indexes = [models.Index(fields=["page_id"], name="preview_of_page")]

    def __str__(self) -> str:
        return f"{self.page_id} {self.locale}"
