"""The work that turns an upload into a video, step by step, and what it makes for a timeline."""

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.models import Job, JobState
from videos.errors import refusal
from videos.models.media import VideoFile
from videos.webvtt import Cue, write_webvtt


class StepName(models.TextChoices):
    """What is done with an upload, in this order."""

    FACTS = "facts", _("Facts")
    INDEX = "index", _("Index of frames")
    POSTER = "poster", _("Poster")
    CHECKSUM = "checksum", _("Checksum")
    SOUND = "sound", _("Waveform and loudness")
    RENDITIONS = "renditions", _("Web renditions")
    STORYBOARD = "storyboard", _("Storyboard")


# Without these it is no video; whoever imports waits for them, and they take seconds.
NEEDED = (StepName.FACTS, StepName.INDEX, StepName.POSTER)


class StepState(models.TextChoices):
    """How far a step is."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Ingest(Job):
    """The row of work that turns an upload into a video. One a file; begun again when the file is replaced.

    `file_name`, `poster_at`: what was asked for when it was last begun.
    """

    video = models.OneToOneField(VideoFile, models.CASCADE, related_name="ingest")
    file_name = models.CharField(max_length=255, help_text="Storage name that is, or was, probed.")
    poster_at = models.DecimalField(max_digits=12, decimal_places=6, null=True, editable=False)

    class Meta:
        verbose_name = _("ingest")

    def __str__(self) -> str:
        return f"{self.video_id} {self.state}"

    def all_steps(self) -> list["IngestStep"]:
        """Every step in order, also those that were never begun."""
        known = {step.name: step for step in self.steps.all()}
        steps = [known.get(name) or IngestStep(ingest=self, name=name) for name in StepName.values]
        for step in steps:
            step.ingest = self
        return steps

    @property
    def is_given_up(self) -> bool:
        """Whether nobody will try it again by himself: see `jobs.lease.given_up`."""
        is_dead = self.leased_until is not None and self.leased_until < timezone.now()
        return self.state == JobState.FAILED or (
            self.state == JobState.RUNNING and self.attempts >= self.most_attempts and is_dead
        )

    @property
    def is_under_way(self) -> bool:
        """Whether it is worth while to look again."""
        return self.state in (JobState.QUEUED, JobState.RUNNING) and not self.is_given_up

    @property
    def reason(self) -> str:
        """Why it failed, as a sentence; empty while it may still succeed. Steps say what a file is to blame for."""
        if not self.is_given_up:
            return ""
        failed = [step for step in self.all_steps() if step.reason]
        if failed:
            words = _("%(step)s: %(reason)s")
            return " ".join(str(words) % {"step": step.get_name_display(), "reason": step.reason} for step in failed)
        if self.attempts < self.most_attempts:
            return self.error
        if not self.error:
            return str(_("The machine stopped at each attempt, most likely for want of memory."))
        words = _("It failed %(number)s times, at last with: %(error)s")
        return str(words) % {"number": self.attempts, "error": self.error}

    def has_made(self, *names: str) -> bool:
        """Whether these steps were done with the file of now."""
        made = {step.name for step in self.all_steps() if step.is_made}
        return made.issuperset(names)


class IngestStep(models.Model):
    """One step: with which file it was last begun, how far it is, what went wrong.

    `done_at`: None when it is to be done, again or for the first time. `problem`: name and details of an error of
    `videos.errors`, so that each reads it in his language.
    """

    ingest = models.ForeignKey(Ingest, models.CASCADE, related_name="steps")
    name = models.CharField(_("step"), max_length=16, choices=StepName)
    file_name = models.CharField(max_length=255, blank=True)
    done_at = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0)
    problem = models.JSONField(null=True)
    seconds = models.FloatField(null=True, help_text="How long it took.")

    class Meta:
        verbose_name = _("step of an ingest")
        constraints = [models.UniqueConstraint(fields=["ingest", "name"], name="ingest_step_once")]

    def __str__(self) -> str:
        return f"{self.ingest_id} {self.name}"

    @property
    def is_made(self) -> bool:
        """Whether its result is there, and of the file of now."""
        return self.done_at is not None and self.file_name == self.ingest.file_name

    @property
    def state(self) -> StepState:
        """How far it is."""
        if self.is_made:
            return StepState.DONE
        if self.problem and self.file_name == self.ingest.file_name:
            return StepState.FAILED
        if self.progress and self.ingest.state == JobState.RUNNING:
            return StepState.RUNNING
        return StepState.WAITING

    @property
    def reason(self) -> Promise | str:
        """Why it failed, as a sentence; empty if it did not."""
        if self.state != StepState.FAILED or not self.problem:
            return ""
        return str(refusal(self.problem["name"], self.problem["details"]))


class Storyboard(models.Model):
    """Stills of a video on one sheet, row by row, for a timeline. `interval`: seconds from one to the next."""

    video = models.OneToOneField(VideoFile, models.CASCADE, related_name="storyboard", primary_key=True)
    file_name = models.CharField(max_length=255, help_text="Name in the storage, a JPEG.")
    count = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    tile_width = models.PositiveIntegerField()
    tile_height = models.PositiveIntegerField()
    interval = models.FloatField()

    class Meta:
        verbose_name = _("storyboard")

    def __str__(self) -> str:
        return self.file_name

    def webvtt(self, sheet_url: str) -> str:
        """The stills as WebVTT, a cue each: players read places on the sheet as media fragments (`#xywh=`)."""
        cues = []
        for number in range(self.count):
            row, column = divmod(number, self.columns)
            place = f"{column * self.tile_width},{row * self.tile_height},{self.tile_width},{self.tile_height}"
            start, end = (round(self.interval * at * 1000) for at in (number, number + 1))
            cues.append(Cue(start, end, f"{sheet_url}#xywh={place}"))
        return write_webvtt(cues)


class Waveform(models.Model):
    """Peaks of a video's first track of sound, as the JSON of BBC's audiowaveform: what timelines draw."""

    video = models.OneToOneField(VideoFile, models.CASCADE, related_name="waveform", primary_key=True)
    content = models.TextField()

    class Meta:
        verbose_name = _("waveform")

    def __str__(self) -> str:
        return f"{self.video_id}"
