"""Newsletters in the admin, a module a page of the menu. `wagtail_hooks` puts them together."""
