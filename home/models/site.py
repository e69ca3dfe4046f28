"""Texts of the site that belong to no page: a row a language, translated like any content."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, PageChooserPanel
from wagtail.models import TranslatableMixin
from wagtail_localize.fields import SynchronizedField

from home.models.rows import Row
from home.translatable import shared


class SiteTexts(TranslatableMixin, ClusterableModel):
    """Names, menus and the standing texts that frontends show, in one language."""

    name = models.CharField(_("name of the site"), max_length=120)
    organisation = models.CharField(_("name of the organisation"), max_length=160, blank=True)
    tagline = models.CharField(_("tagline"), max_length=255, blank=True)
    contact_email = models.EmailField(_("press e-mail"), blank=True)
    contact_phone = models.CharField(_("press phone"), max_length=40, blank=True)
    contact_address = models.TextField(_("postal address"), blank=True)
    account_intro = models.TextField(_("text above the registration form"), blank=True)
    account_terms = models.TextField(_("usage terms to accept at registration"), blank=True)
    newsletter_intro = models.TextField(_("text above the newsletter form"), blank=True)
    newsletter_consent = models.TextField(_("consent sentence of the newsletter form"), blank=True)

    panels = [
        MultiFieldPanel([FieldPanel("name"), FieldPanel("organisation"), FieldPanel("tagline")], heading=_("Names")),
        MultiFieldPanel(
            [FieldPanel("contact_email"), FieldPanel("contact_phone"), FieldPanel("contact_address")],
            heading=_("Contact"),
        ),
        MultiFieldPanel([FieldPanel("account_intro"), FieldPanel("account_terms")], heading=_("Media accounts")),
        MultiFieldPanel([FieldPanel("newsletter_intro"), FieldPanel("newsletter_consent")], heading=_("Newsletter")),
        InlinePanel("menu_items", heading=_("Menus"), label=_("Menu item")),
        InlinePanel("social_links", heading=_("Social networks"), label=_("Link")),
    ]
    override_translatable_fields = [
        SynchronizedField("contact_email"),
        SynchronizedField("contact_phone"),
        *shared("social_links"),
    ]

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("site texts and menus")
        verbose_name_plural = _("site texts and menus")
        constraints = [
            models.UniqueConstraint(
                fields=["locale"],
                name="site_texts_once_a_language",
                violation_error_message=_("There are site texts in this language already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MenuItem(TranslatableMixin, Row):
    """An entry of a menu: to a page of ours, by story, or to an address elsewhere."""

    class Menu(models.TextChoices):
        MAIN = "main", _("Main menu")
        FOOTER = "footer", _("Footer")

    site_texts = ParentalKey(SiteTexts, related_name="menu_items")
    menu = models.CharField(_("menu"), max_length=16, choices=Menu, default=Menu.MAIN)
    label = models.CharField(_("label"), max_length=80)
    page = models.ForeignKey(
        "wagtailcore.Page", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("page")
    )
    url = models.URLField(_("address elsewhere"), blank=True)

    panels = [FieldPanel("menu"), FieldPanel("label"), PageChooserPanel("page"), FieldPanel("url")]
    override_translatable_fields = [*shared("menu", "page"), SynchronizedField("url")]

    class Meta(TranslatableMixin.Meta, Row.Meta):
        verbose_name = _("menu item")

    def __str__(self) -> str:
        return self.label


class SocialLink(Row):
    """An address of the organisation in a social network; the same in all languages."""

    site_texts = ParentalKey(SiteTexts, related_name="social_links")
    network = models.CharField(_("network"), max_length=40)
    url = models.URLField(_("address"))

    panels = [FieldPanel("network"), FieldPanel("url")]

    class Meta(Row.Meta):
        verbose_name = _("social link")

    def __str__(self) -> str:
        return self.network
