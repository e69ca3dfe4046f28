"""The demo: an invented newsroom, loaded as its people would have written it. `manage.py load_demo` is the door."""
