"""The video room's part of the API."""

from videos.api.clips import router as clips_router
from videos.api.orders import router as orders_router
from videos.api.videos import router

__all__ = ["clips_router", "orders_router", "router"]
