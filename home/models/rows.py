"""Child rows that an editor puts in order."""

from wagtail.models import Orderable


class Row(Orderable):
    """A row with a place. Rows that code has written without one keep the order in which they were saved."""

    class Meta(Orderable.Meta):
        abstract = True
        ordering = ["sort_order", "pk"]
