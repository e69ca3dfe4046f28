"""Pictures, attachments, topics, tags and terms change without a signal for the pages that show them."""

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver
from taggit.models import Tag

from delivery.transaction import depended_on_changed
from home.models import Attachment, EditorialImage, FormerTopicSlug, Topic, UsageTerms


@receiver([post_save, post_delete], sender=EditorialImage)
def image_changed(instance: EditorialImage, **_kwargs: Any) -> None:
    """Words, rights, focal point or the file itself."""
    depended_on_changed(f"image:{instance.pk}")


@receiver([post_save, post_delete], sender=Attachment)
def attachment_changed(instance: Attachment, **_kwargs: Any) -> None:
    """Title, file, language."""
    depended_on_changed(f"attachment:{instance.pk}")


@receiver(pre_save, sender=Topic)
def topic_is_saved(instance: Topic, **_kwargs: Any) -> None:
    """Its slug may be another one from now on."""
    for former in Topic.objects.filter(pk=instance.pk, live=True).exclude(slug=instance.slug):
        FormerTopicSlug.objects.get_or_create(topic_id=former.pk, slug=former.slug)


@receiver([post_save, post_delete], sender=Topic)
def topic_changed(instance: Topic, **_kwargs: Any) -> None:
    """Renamed, translated, unpublished."""
    depended_on_changed(f"topic:{instance.translation_key}")


@receiver([post_save, post_delete], sender=Tag)
def tag_changed(instance: Tag, **_kwargs: Any) -> None:
    """Renamed, or merged into another one and deleted."""
    depended_on_changed(f"tag:{instance.pk}")


@receiver([post_save, post_delete], sender=UsageTerms)
def terms_changed(instance: UsageTerms, **_kwargs: Any) -> None:
    """Another text."""
    depended_on_changed(f"terms:{instance.translation_key}")
