"""What a stock Wagtail site writes into its models so that the APIs answer with what our cards and documents hold."""

from django.apps import AppConfig


class StockFieldsConfig(AppConfig):
    """An app only for its `ready`: the schemas of v3 are made when its addresses are imported, right after that."""

    name = "benchmarks.contestants.stock_fields"
    label = "stock_fields"

    def ready(self) -> None:
        """Declare the fields, as `api_fields` of each model."""
        from wagtail.api import APIField
        from wagtail.images.api.fields import ImageRenditionField

        from home.models import Topic
        from news.models import NewsPage, RelatedStory, Source

        Topic.api_fields = [APIField("name"), APIField("slug")]
        Source.api_fields = [APIField("name")]
        RelatedStory.api_fields = [APIField("story")]
        NewsPage.api_fields = [
            *map(APIField, ("kind", "summary", "dateline_place", "dateline_date", "priority", "topics", "tags")),
            APIField("image", serializer=ImageRenditionField("width-800", source="hero_image")),
            *map(APIField, ("body", "sources", "related")),
        ]
