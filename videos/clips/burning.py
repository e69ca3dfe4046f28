"""What is drawn into a clip's pictures, if its order says so."""

from django.conf import settings

from home.models import SiteTexts
from videos.cutting.burn_in import BurnIn
from videos.models import Clip


def burn_in_of(clip: Clip) -> BurnIn:
    """As the engine takes it; the watermark is the organisation's name as it is now."""
    asked = clip.burn_in.split()
    return BurnIn(Clip.BurnIn.TIMECODE in asked, f"© {_organisation()}" if Clip.BurnIn.WATERMARK in asked else "")


def _organisation() -> str:
    """In the default language, where the site has texts in it."""
    rows = {texts.locale.language_code: texts for texts in SiteTexts.objects.select_related("locale")}
    texts = rows.get(settings.LANGUAGE_CODE) or next(iter(rows.values()), None)
    return str(settings.WAGTAIL_SITE_NAME) if texts is None else texts.organisation or texts.name
