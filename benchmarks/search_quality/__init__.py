"""How good the public search is: judged queries over the demo's stories, beside Wagtail's own search."""
