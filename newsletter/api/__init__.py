"""`newsletter/`: what people can subscribe to, and how they do."""

from ninja import Router

from newsletter.api.lists import router as lists_router
from newsletter.api.preferences import router as preferences_router
from newsletter.api.subscriptions import router as subscriptions_router

router = Router()
router.add_router("", lists_router)
router.add_router("subscriptions/", subscriptions_router)
router.add_router("preferences/", preferences_router)

__all__ = ["router"]
