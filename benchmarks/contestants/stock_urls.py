"""Addresses of the stock site: `/v2/pages/` and `/v3/pages/`, as Wagtail's documentation mounts them."""

from django.urls import path
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.api.v3.urls import api

v2 = WagtailAPIRouter("wagtailapi")
v2.register_endpoint("pages", PagesAPIViewSet)

urlpatterns = [path("v2/", v2.urls), path("v3/", api.urls)]
