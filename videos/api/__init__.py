"""The video room's part of the API."""

from videos.api.videos import router

__all__ = ["router"]
