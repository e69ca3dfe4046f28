"""Newsletters: lists, who gets them, and keeping both in step with Mailchimp.

- `subscribing` what people do: sign up, confirm, unsubscribe, choose; `links` how mailed links know them
- `acts` the one place that changes a subscription, with all that follows from it
- `sync` carries each change to Mailchimp and back; `mailchimp` speaks its language
- `editions` mails that name stories, and Mailchimp sends
- `imports` tables of addresses; `moving` a list that is kept elsewhere from now on; `figures` how lists stand, and grew
- `api/` the doors for frontends; `admin` the newsroom's pages; `webhook` Mailchimp's own door

The row of a person in an audience (`models.Contact`) is the outbox: it says what is to be told there, and what was
last heard. Why it is like this: docs/decisions/0026-newsletters.md and 0027-editions.md.
"""
