"""Whether accounts wait for approval, and who is told of new ones: in the menu "Settings"."""

from wagtail.contrib.settings.registry import register_setting

from accounts.models import AccountSettings

register_setting(AccountSettings, icon="group", order=700)
