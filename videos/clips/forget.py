"""What an account asked for: told to its owner, and forgotten with it."""

from typing import Any

from accounts.callers import Caller
from videos.clips.limits import one_at_a_time
from videos.clips.orders import give_back_all
from videos.models import ClipRequest


def clips_kept(account_id: int) -> list[dict[str, Any]]:
    """Clips that an account asked for, newest first."""
    requests = ClipRequest.of_caller(account_id, "").select_related("clip").order_by("-created_at")
    return [
        {
            "id": request.clip_id,
            "video": request.clip.story_id,
            "start": float(request.clip.start),
            "end": float(request.clip.end),
            "ordered_at": request.created_at,
            "cancelled_at": request.cancelled_at,
        }
        for request in requests
    ]


def forget_clips_of(account_id: int) -> None:
    """Give back everything that an account asked for: what nobody else waits for is over. In a transaction."""
    caller = Caller(account_id, "")
    one_at_a_time(caller)
    give_back_all(caller, list(ClipRequest.of_caller(account_id, "").values_list("clip", flat=True)))
