"""The mail outbox: a mail is a row, written with what it tells of, and sent by a worker until a server takes it.

- `post` writes a mail; `frontend_url` and `server_url` make the links in it
- `language_of_staff`: which language an editor is written to in
- `renewals` replace what ran out before it could be sent
- `backend` takes what Wagtail and Django send themselves
- `templates/mail/` of any room: `NAME.html`, `NAME.txt`, `NAME.subject.txt`, and a sample in `samples.json`

`manage.py preview_mails FOLDER` writes all of them to be looked at. Why it is like this: docs/decisions/0024-mails.md.
"""

from home.mail.links import frontend_url, server_url
from home.mail.posting import post
from home.mail.staff import language_of_staff

__all__ = ["frontend_url", "language_of_staff", "post", "server_url"]
