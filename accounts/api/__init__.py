"""`account/`: what somebody with a media account sees of it and can do with it. Login is `/_allauth/`'s."""

from ninja import Router

from accounts.api.account import router as account_router
from accounts.api.tokens import router as tokens_router
from accounts.api.undertakings import router as undertakings_router

router = Router()
router.add_router("", account_router)
router.add_router("tokens/", tokens_router)
router.add_router("undertakings/", undertakings_router)

__all__ = ["router"]
