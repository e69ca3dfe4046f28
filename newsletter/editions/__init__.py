"""Editions: stories that the newsroom picks, as a mail in each language, which Mailchimp sends.

- `gathering` everything on some topics since the last edition
- `contents` what an edition says, from published documents and nothing else; `hindrances` why it may not go out
- `letters` the mail in HTML and plain text: for Mailchimp, as a test, as a preview
- `planning` what the newsroom does with an edition: draft, schedule, call back, test
- `wishes` all that is wanted of a campaign now; `watching` finds campaigns of which something else is wanted
- `telling` makes Mailchimp's campaign what is wanted

Why it is like this: docs/decisions/0027-editions.md.
"""
