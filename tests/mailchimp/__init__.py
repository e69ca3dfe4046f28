"""A double of Mailchimp's Marketing API: a real HTTP server with a memory, and with faults to order.

- `server`    HTTP, the key, counts, and `Double`: what a test holds in its hand
- `schemas`   the calls that we make, in our own words; what does not fit is answered 400 and is a violation
- `state`     what Mailchimp keeps: audiences, members, campaigns; its clock
- `members`, `audiences`, `campaigns`   what Mailchimp does with each call
- `people`    what people and Mailchimp's staff do there by hand
- `webhooks`  what it tells us about, at once or when a test says so
- `faults`    what goes wrong, and when
- `problems`  how it says no
- `page`      its state as a page, for the demo

The fixture is `mailchimp` (`fixtures`). For the demo: `python -m tests.mailchimp --port 8900`.

Behaviour comes from three places, and docstrings say which: Mailchimp's published *description* of its API
(`test_description.py` compares the two wherever the description is at hand), its *documentation* in prose and answers
of the real one that people have published (*known*), and what nobody has written down (*assumed*): there the double
does what would hurt us most.
"""
