"""The video room's part of the API."""

from videos.api.clips import router as clips_router
from videos.api.videos import router

__all__ = ["clips_router", "router"]
