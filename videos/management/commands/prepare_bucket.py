"""`manage.py prepare_bucket`: what a bucket has to be told before editors can upload to it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from videos.storage import VideoBucket, video_storage
from videos.uploads.bucket import allow_uploads_from


class Command(BaseCommand):
    """Allow browsers that show pages of BASE_URL to send parts to S3_BUCKET. To be run again when BASE_URL changes."""

    help = "Tell the bucket that editors' browsers may upload to it. Replaces the rules (CORS) that the bucket has."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write the rule."""
        storage = video_storage()
        if not isinstance(storage, VideoBucket):
            raise CommandError("Videos are in a folder: there is no bucket (S3_BUCKET) to be prepared.")
        allow_uploads_from(storage, settings.BASE_URL)
        self.stdout.write(f"Browsers may upload to {storage.bucket_name} from {settings.BASE_URL}.")
