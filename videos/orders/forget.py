"""Orders that nobody asks for any more."""

from django.db.models import Exists, OuterRef

from videos.clips.sweep import over_for_long
from videos.models import Clip, Order, OrderLine


def forget_orders() -> None:
    """Remove orders whose clips have all been over for long; then nothing keeps the clips' rows."""
    over = over_for_long()
    in_use = OrderLine.objects.filter(order=OuterRef("pk"), clip__in=Clip.objects.exclude(pk__in=over.values("pk")))
    Order.objects.filter(~Exists(in_use)).delete()
