"""Uploads in parts: what comes from an editor's browser, until a form takes it into the media library."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Upload(models.Model):
    """A file that arrives, or has arrived, in numbered parts. Which ones are there, the storage knows.

    It is remembered what the file is called, how long it is and when it was last changed: so whoever picks the same
    file again goes on where he was, after a reload or on another day.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving", _("Being received")
        COMPLETE = "complete", _("Arrived whole")
        USED = "used", _("In the media library")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=255, help_text="What the file is called at the editor's.")
    changed_at = models.BigIntegerField(help_text="When the file was last changed there, milliseconds of Unix time.")
    size_bytes = models.PositiveBigIntegerField()
    part_bytes = models.PositiveBigIntegerField(help_text="Of each part but the last.")
    name = models.CharField(max_length=100, unique=True, help_text="In the storage, once it is complete.")
    bucket_id = models.CharField(max_length=1024, blank=True, help_text="What a bucket calls it: its upload id.")
    state = models.CharField(max_length=16, choices=State, default=State.RECEIVING)
    touched_at = models.DateTimeField(db_default=Now(), help_text="When anybody last went on with it.")

    class Meta:
        verbose_name = _("upload in parts")
        indexes = [models.Index(fields=["owner", "size_bytes"], name="upload_of_same_file")]

    def __str__(self) -> str:
        return f"{self.title} {self.state}"

    @property
    def part_count(self) -> int:
        """How many parts it has, numbered from 1."""
        return -(-self.size_bytes // self.part_bytes)

    def bytes_of_part(self, number: int) -> int:
        """Length of a part."""
        return min(self.part_bytes, self.size_bytes - (number - 1) * self.part_bytes)
