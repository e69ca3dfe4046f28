"""Work on translations: what wagtail-localize does, kept within the newsroom's rules; and what waits for whom."""
