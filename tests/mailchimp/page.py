"""The double's state as a page, for the demo, with buttons for what people do at Mailchimp."""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from tests.mailchimp.people import ACTS

if TYPE_CHECKING:
    from tests.mailchimp.server import Double

SHOWN = 50  # members of each audience, the latest changes first
STYLE = "body{font:16px system-ui;margin:2rem}td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}"


def _table(heads: str, rows: Iterable[Iterable[object]]) -> str:
    head = "".join(f"<th scope=col>{escape(name)}" for name in heads.split("|"))
    body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}" for cell in row) for row in rows)
    return f"<table><thead><tr>{head}<tbody>{body}</table>"


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def _cell(value: object) -> str:
    return value if isinstance(value, Html) else escape(str(value))


def _buttons(list_id: str, email: str) -> Html:
    """What people and staff may do with a member."""
    options = "".join(f"<option value={act}>{act.replace('_', ' ')}" for act in ACTS)
    return Html(
        f"<form method=post><input type=hidden name=list_id value={list_id}>"
        f'<input type=hidden name=email value="{escape(email)}">'
        f'<select name=act aria-label="What happens to {escape(email)}">{options}</select>'
        " <button>Do it</button></form>"
    )


def page(double: "Double") -> str:
    """Audiences and their members, campaigns, webhooks, and what went wrong."""
    account = double.account
    with account.lock:
        parts = [
            "<!doctype html><html lang=en><meta charset=utf-8><title>A double of Mailchimp</title>",
            f"<style>{STYLE}</style>",
            f"<h1>A double of Mailchimp</h1><p>Calls: <code>{escape(double.api_url)}</code>",
        ]
        for audience in account.audiences.values():
            interests = audience.interests()
            counted = {
                status: audience.count(status) for status in ("subscribed", "pending", "unsubscribed", "cleaned")
            }
            latest = sorted(audience.members.values(), key=lambda member: member.last_changed, reverse=True)[:SHOWN]
            parts += [
                f"<h2>{escape(audience.name)} <small>{audience.id}</small></h2><p>",
                ", ".join(f"{count} {status}" for status, count in counted.items()),
                _table(
                    "Address|Status|Merge fields|Interests|Tags|Changed|What happens",
                    (
                        (
                            member.email,
                            member.status + (", in compliance state" if member.held else ""),
                            member.merge_fields,
                            ", ".join(interests.get(key, key) for key, yes in member.interests.items() if yes),
                            ", ".join(member.tags),
                            member.last_changed,
                            _buttons(audience.id, member.email),
                        )
                        for member in latest
                    ),
                ),
                "<h3>Webhooks</h3>",
                _table("Address|Events|Sources", ((w.url, w.events, w.sources) for w in audience.webhooks.values())),
            ]
        parts += [
            "<h2>Campaigns</h2>",
            _table(
                "Subject|Status|Goes out|Recipients|Tests",
                (
                    (one.settings.get("subject_line", ""), one.status, one.send_time, len(one.recipients), one.tests)
                    for one in account.campaigns.values()
                ),
            ),
            "<h2>Webhooks sent</h2>",
            _table(
                "Event|About|Answer",
                (
                    (delivery.type, delivery.form.get("data[email]", ""), status)
                    for delivery, status in double.webhooks.delivered[-SHOWN:]
                ),
            ),
            "<h2>Calls</h2>",
            _table("Call|Times", double.calls.most_common()),
            "<h2>Violations</h2>",
            _table("What", ((text,) for text in double.violations)),
        ]
    return "\n".join(parts)
