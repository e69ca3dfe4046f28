"""Entry point of each contestant; DJANGO_SETTINGS_MODULE says which, and REMEMBERS whether it keeps its answers."""

import os

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
if os.environ.get("REMEMBERS"):
    from delivery.remembered import RememberingHandler

    application = RememberingHandler()
