"""What makes a video's documents differ, and what makes an upload be ingested."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.models import MediaAccount
from accounts.rooms import about_to_be_erased, asked_for_everything
from delivery.transaction import depended_on_changed
from videos.clips.forget import clips_kept, forget_clips_of
from videos.ingest.upload import begin_ingest
from videos.ingest.work import remove_stored
from videos.models import Caption, Storyboard, VideoFile, VideoRendition, Waveform
from videos.orders.contents import orders_kept
from videos.tasks import wake_ingest, wake_sweeper


@receiver(post_save, sender=VideoFile)
def video_file_saved(instance: VideoFile, **_kwargs: Any) -> None:
    """A new or replaced file is ingested; anything else only renews the documents."""
    ingest = begin_ingest(instance)
    if ingest is not None:
        transaction.on_commit(lambda: wake_ingest(ingest.pk))
    # The master's audience is chosen with the file, and with the other encodings: one choice.
    master = VideoRendition.objects.filter(video=instance, role=VideoRendition.Role.MASTER)
    master.exclude(audience=instance.master_audience).update(audience=instance.master_audience)
    depended_on_changed(f"video:{instance.pk}")


@receiver(post_delete, sender=VideoFile)
def video_file_deleted(instance: VideoFile, **_kwargs: Any) -> None:
    """Its pages stay, without a video."""
    depended_on_changed(f"video:{instance.pk}")


@receiver([post_save, post_delete], sender=Storyboard)
@receiver([post_save, post_delete], sender=Waveform)
@receiver([post_save, post_delete], sender=VideoRendition)
@receiver([post_save, post_delete], sender=Caption)
def part_changed(instance: VideoRendition | Caption | Storyboard | Waveform, **_kwargs: Any) -> None:
    """An encoding, captions, or what a timeline shows came, changed or went."""
    depended_on_changed(f"video:{instance.video_id}")


@receiver(post_delete, sender=VideoRendition)
@receiver(post_delete, sender=Storyboard)
def file_left(instance: VideoRendition | Storyboard, **_kwargs: Any) -> None:
    """What ingest stored goes with its row; the master's file is the library's."""
    if not isinstance(instance, VideoRendition) or instance.role != VideoRendition.Role.MASTER:
        remove_stored(instance.file_name)


@receiver(asked_for_everything)
def tell_what_is_kept(account: MediaAccount, **_signal: Any) -> dict[str, list[dict[str, Any]]]:
    """What an account ordered."""
    return {"clips": clips_kept(account.pk), "orders": orders_kept(account.pk)}


@receiver(about_to_be_erased)
def forget_account(account: MediaAccount, **_signal: Any) -> None:
    """Its orders go with it; what nobody else asked for is cut no further, and its file is removed."""
    forget_clips_of(account.pk)
    transaction.on_commit(wake_sweeper)
