"""The calls that we make, in our own words: path, query and body of each, types only.

What is not written here is refused, though Mailchimp might take it: a field that we do not know we did not mean to
send. `test_description.py` holds all this against Mailchimp's description.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jsonschema_rs

from tests.mailchimp.problems import FieldError, not_validated

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
TIME: Schema = {"type": "string", "format": "date-time"}
MOST_MEMBERS = 500  # documentation; the description says so in prose only
MOST_AT_ONCE = 10  # connections: documentation


def choice(words: str) -> Schema:
    """One of a few words."""
    return {"type": "string", "enum": words.split()}


def array(items: Schema, most: int | None = None) -> Schema:
    """A list."""
    return {"type": "array", "items": items} | ({} if most is None else {"maxItems": most})


def record(required: str = "", /, **properties: Schema) -> Schema:
    """An object of these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def mapping(values: Schema | None = None) -> Schema:
    """An object with keys of the account's own (merge tags, interests)."""
    return {"type": "object"} | ({} if values is None else {"additionalProperties": values})


STATUS = choice("subscribed unsubscribed cleaned pending transactional")
PROFILE: dict[str, Schema] = {
    "email_address": STRING,
    "email_type": STRING,
    "interests": mapping(BOOLEAN),
    "ip_opt": STRING,
    "ip_signup": STRING,
    "language": STRING,
    "merge_fields": mapping(),
    "timestamp_opt": TIME,
    "timestamp_signup": TIME,
    "vip": BOOLEAN,
}
# The description has `sync_tags` for a batch, and forgets the tags themselves: documentation has them.
BEYOND_DESCRIPTION = {("POST", "/lists/{list_id}", "members.tags")}
MEMBER_IN_BATCH = record("email_address", **PROFILE, status=STATUS, tags=array(STRING))

# Of some fifty kinds of condition, those that an edition may need.
CONDITION: Schema = {
    "oneOf": [
        record(
            "condition_type field op value",
            condition_type=choice("Interests"),
            field=STRING,
            op=choice("interestcontains interestcontainsall interestnotcontains"),
            value=array(STRING),
        ),
        record(
            "condition_type field op value",
            condition_type=choice("TextMerge"),
            field=STRING,
            op=choice("is not"),
            value=STRING,
        ),
        record(
            "condition_type field op value",
            condition_type=choice("Language"),
            field=choice("language"),
            op=choice("is not"),
            value=STRING,
        ),
        record(
            "condition_type field op value",
            condition_type=choice("StaticSegment"),
            field=choice("static_segment"),
            op=choice("static_is static_not"),
            value=NUMBER,
        ),
    ]
}
RECIPIENTS = record(
    "list_id",
    list_id=STRING,
    segment_opts=record(match=choice("any all"), saved_segment_id=INTEGER, conditions=array(CONDITION)),
)
SETTINGS: dict[str, Schema] = {
    "subject_line": STRING,
    "preview_text": STRING,
    "title": STRING,
    "from_name": STRING,
    "reply_to": STRING,
    "to_name": STRING,
    "folder_id": STRING,
    "authenticate": BOOLEAN,
    "auto_footer": BOOLEAN,
    "inline_css": BOOLEAN,
}
TRACKING = record(opens=BOOLEAN, html_clicks=BOOLEAN, text_clicks=BOOLEAN, goal_tracking=BOOLEAN)

FIELDS: dict[str, Schema] = {"fields": array(STRING), "exclude_fields": array(STRING)}
PAGE: dict[str, Schema] = FIELDS | {
    "count": {"type": "integer", "minimum": 1, "maximum": 1000},
    "offset": {"type": "integer", "minimum": 0},
}
SKIP = {"skip_merge_validation": BOOLEAN}


def _validator(schema: Schema) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def _check(validator: jsonschema_rs.Validator, value: object) -> None:
    if not validator.is_valid(value):
        raise not_validated(
            True,
            *(
                FieldError(".".join(map(str, error.instance_path)), error.message)
                for error in validator.iter_errors(value)
            ),
        )


@dataclass(frozen=True)
class Call:
    """A call: `path` as the description writes it, `query` by name, `body` where there is one."""

    method: str
    path: str
    query: dict[str, Schema] = field(default_factory=dict)
    body: Schema | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path; what stands in braces is named.

        Mailchimp takes an address for `subscriber_hash` too, and the client breaks some addresses: we send hashes, or
        a `contact_id`, which looks the same.
        """
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.path)
        return re.compile(pattern.replace("(?P<subscriber_hash>[^/]+)", "(?P<subscriber_hash>[0-9a-f]{32})"))

    @cached_property
    def _query(self) -> jsonschema_rs.Validator:
        return _validator(record(**self.query))

    @cached_property
    def _body(self) -> jsonschema_rs.Validator:
        return _validator(self.body or {})

    def read_query(self, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """The query with values of the right types, or a violation."""
        values: dict[str, Any] = {}
        for name, value in pairs:
            if name in values:
                raise not_validated(True, FieldError(name, "It is given twice."))
            values[name] = _typed(value, self.query.get(name, STRING)["type"])
        _check(self._query, values)
        return values

    def check_body(self, body: object) -> None:
        """Pass, or raise a violation."""
        if self.body is not None:
            _check(self._body, body)


def _typed(value: str, kind: str) -> object:
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "boolean" and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return value.split(",") if kind == "array" else value


LIST = "/lists/{list_id}"
MEMBER = "/lists/{list_id}/members/{subscriber_hash}"
SEGMENT = f"{LIST}/segments/{{segment_id}}"
CAMPAIGN = "/campaigns/{campaign_id}"

CALLS = [
    Call("GET", "/ping"),
    Call("GET", "/lists", PAGE),
    Call("GET", LIST, FIELDS | {"include_total_contacts": BOOLEAN}),
    Call("GET", f"{LIST}/merge-fields", PAGE),
    Call("GET", f"{LIST}/interest-categories", PAGE),
    Call("GET", f"{LIST}/interest-categories/{{interest_category_id}}/interests", PAGE),
    Call(
        "GET",
        f"{LIST}/members",
        PAGE
        | {
            "status": choice("subscribed unsubscribed cleaned pending transactional archived"),
            "since_last_changed": TIME,
            "before_last_changed": TIME,
            "sort_field": choice("timestamp_opt timestamp_signup last_changed"),
            "sort_dir": choice("ASC DESC"),
        },
    ),
    Call(
        "POST",
        LIST,
        SKIP | {"skip_duplicate_check": BOOLEAN},
        record(
            "members",
            members=array(MEMBER_IN_BATCH, MOST_MEMBERS),
            update_existing=BOOLEAN,
            sync_tags=BOOLEAN,
        ),
    ),
    Call("GET", MEMBER, FIELDS),
    Call("PUT", MEMBER, SKIP, record("email_address status_if_new", **PROFILE, status=STATUS, status_if_new=STATUS)),
    Call("PATCH", MEMBER, SKIP, record(**PROFILE, status=choice("subscribed unsubscribed cleaned pending"))),
    Call("DELETE", MEMBER),
    Call("POST", f"{MEMBER}/actions/delete-permanent"),
    Call(
        "POST",
        f"{MEMBER}/tags",
        body=record(
            "tags",
            tags=array(record("name status", name=STRING, status=choice("active inactive"))),
            is_syncing=BOOLEAN,
        ),
    ),
    Call("GET", f"{LIST}/segments", PAGE | {"type": choice("saved static fuzzy")}),
    Call(
        "POST",
        SEGMENT,
        body=record(
            members_to_add=array(STRING, MOST_MEMBERS),
            members_to_remove=array(STRING, MOST_MEMBERS),
        ),
    ),
    Call("GET", f"{LIST}/webhooks"),
    Call(
        "POST",
        f"{LIST}/webhooks",
        body=record(
            "url",
            url=STRING,
            events=record(
                subscribe=BOOLEAN,
                unsubscribe=BOOLEAN,
                profile=BOOLEAN,
                cleaned=BOOLEAN,
                upemail=BOOLEAN,
                campaign=BOOLEAN,
            ),
            sources=record(user=BOOLEAN, admin=BOOLEAN, api=BOOLEAN),
        ),
    ),
    Call("DELETE", f"{LIST}/webhooks/{{webhook_id}}"),
    Call(
        "GET",
        "/campaigns",
        PAGE
        | {
            "type": choice("regular plaintext absplit rss variate"),
            "status": choice("save paused schedule sending sent"),
            "list_id": STRING,
            "since_create_time": TIME,
            "before_create_time": TIME,
            "sort_field": choice("create_time send_time"),
            "sort_dir": choice("ASC DESC"),
        },
    ),
    Call(
        "POST",
        "/campaigns",
        body=record(
            "type",
            type=choice("regular"),
            content_type=choice("template multichannel"),
            recipients=RECIPIENTS,
            settings=record(**SETTINGS),
            tracking=TRACKING,
        ),
    ),
    Call("GET", CAMPAIGN, FIELDS),
    Call(
        "PATCH",
        CAMPAIGN,
        body=record(
            "settings",
            settings=record("subject_line from_name reply_to", **SETTINGS),
            recipients=RECIPIENTS,
            tracking=TRACKING,
        ),
    ),
    Call("DELETE", CAMPAIGN),
    Call("PUT", f"{CAMPAIGN}/content", body=record(html=STRING, plain_text=STRING)),
    Call(
        "POST",
        f"{CAMPAIGN}/actions/schedule",
        body=record("schedule_time", schedule_time=TIME, timewarp=BOOLEAN),
    ),
    Call("POST", f"{CAMPAIGN}/actions/unschedule"),
    Call(
        "POST",
        f"{CAMPAIGN}/actions/test",
        body=record("test_emails send_type", test_emails=array(STRING), send_type=choice("html plaintext")),
    ),
    Call("POST", f"{CAMPAIGN}/actions/send"),
]
