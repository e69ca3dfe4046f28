"""The home room's part of the API: pages, texts of the site, topics, and the files that documents show."""

from ninja import Router

from home.api.files import attachment_file, image_file
from home.api.pages import router as pages_router
from home.api.site import router as site_router
from home.api.topics import router as topics_router

router = Router()
router.add_router("", pages_router)
router.add_router("", site_router)
router.add_router("", topics_router)

__all__ = ["attachment_file", "image_file", "router"]
