"""What Mailchimp does with calls about members.

From the description: ids, statuses, what a batch answers. Known: sentences and titles of errors; `subscribed` is
refused to people in a compliance state, `pending` is taken; who was permanently deleted stays away; a batch goes on
after a member that it refuses; an archived member is brought back by a status. Assumed, where nobody says:

- `status_if_new` counts for archived members too: a program that pushes profiles so brings them back unasked
- `since_last_changed` leaves out what changed in that very second: who asks without overlap misses changes
- a call that changes nothing does not move `last_changed`, and tags do not, nor does a webhook tell of them
- a tag's call for many takes only who is subscribed, and complains of who has it already; the call for one takes all
- whenever a call says `pending`, Mailchimp writes to the person for a confirmation
"""

import re
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from tests.mailchimp.faults import Faults
from tests.mailchimp.problems import (
    FieldError,
    Problem,
    bad_address,
    forgotten,
    in_compliance_state,
    member_exists,
    not_found,
    not_validated,
)
from tests.mailchimp.state import Account, Audience, Member, hash_of, read, stamp

Fields = dict[str, Any]

ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\\\"]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*", re.IGNORECASE)
# Documentation: these cannot be imported.
ROLES = set(
    "abuse admin compliance devnull dns ftp hostmaster inoc ispfeedback ispsupport list list-request maildaemon"
    " no-reply noc noreply null phish phishing popmaster postmaster privacy registrar root security spam sysadmin tech"
    " undisclosed-recipients unsubscribe usenet uucp webmaster www".split()
)
# What the description has of members elsewhere, and not where they are given a tag.
BEYOND_SEGMENTS = ("contact_id", "full_name", "web_id", "unsubscribe_reason", "source")
PLAIN = "email_type language vip ip_signup ip_opt timestamp_signup timestamp_opt".split()


class Members:
    """The calls about members of one account."""

    def __init__(self, account: Account, faults: Faults) -> None:
        self.account = account
        self.faults = faults

    def get(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """One member: archived ones too."""
        audience, member = self._find(path)
        return audience.show(member)

    def page(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """A page of members: those who are archived only if asked for (documentation)."""
        audience = self.account.audience(path["list_id"])
        status = query.get("status")
        since = stamp(read(query["since_last_changed"])) if "since_last_changed" in query else ""
        before = stamp(read(query["before_last_changed"])) if "before_last_changed" in query else "9999"
        found = [
            member
            for member in audience.members.values()
            if since < member.last_changed < before
            and (member.status == status if status else member.status != "archived")
        ]
        if "sort_field" in query:
            found.sort(key=attrgetter(query["sort_field"]), reverse=query.get("sort_dir") == "DESC")
        start = query.get("offset", 0)
        page = found[start : start + query.get("count", 10)]
        return {
            "members": [audience.show(member) for member in page],
            "list_id": audience.id,
            "total_items": len(found),
        }

    def put(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Add or change one."""
        audience = self.account.audience(path["list_id"])
        member = audience.known_by(path["subscriber_hash"])
        if member is None and hash_of(body["email_address"]) != path["subscriber_hash"]:
            raise not_validated(True, FieldError("email_address", "It is not the address of this hash."))
        self._refuse_ordered(body["email_address"])
        return audience.show(self._save(audience, member, body, skip=query.get("skip_merge_validation", False)))

    def patch(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Change one."""
        audience, member = self._find(path)
        self._refuse_ordered(member.email)
        return audience.show(self._save(audience, member, body, skip=query.get("skip_merge_validation", False)))

    def archive(self, path: Fields, query: Fields, body: Fields) -> None:
        """Archive one. Who is archived already cannot be again (known: 405)."""
        audience, member = self._find(path)
        if member.status == "archived":
            raise Problem(405, "Method Not Allowed", "This list member cannot be removed. Please contact support.")
        self.account.change(audience, member, "api", status="archived")

    def delete_permanently(self, path: Fields, query: Fields, body: Fields) -> None:
        """Forget one: nothing is kept but that he may not come back unasked."""
        audience, member = self._find(path)
        forget(self.account, audience, member, "api")

    def tag(self, path: Fields, query: Fields, body: Fields) -> None:
        """Give one tags, or take them; a tag that is new to the audience is made (description)."""
        audience, member = self._find(path)
        self._refuse_ordered(member.email, tags=True)
        tags = list(member.tags)
        for tag in body["tags"]:
            if tag["status"] == "active" and tag["name"] not in tags:
                tags.append(tag["name"])
            elif tag["status"] == "inactive" and tag["name"] in tags:
                tags.remove(tag["name"])
        self._name(audience, tags)
        self.account.change(audience, member, "api", tags=tags)

    def tag_many(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Give one tag to up to 500, and take it from others."""
        audience = self.account.audience(path["list_id"])
        name = next((name for name, number in audience.tags.items() if str(number) == path["segment_id"]), None)
        if name is None:
            raise not_found()
        errors: list[Fields] = []
        done: dict[bool, list[Fields]] = {True: [], False: []}
        for gives, field in ((True, "members_to_add"), (False, "members_to_remove")):
            for email in body.get(field, []):
                member = audience.members.get(hash_of(email))
                if member is None:
                    continue
                if said := self._says_no_to_tag(member, name, gives):
                    errors.append({"email_addresses": [email], "error": said})
                    continue
                tags = [*member.tags, name] if gives else [tag for tag in member.tags if tag != name]
                self.account.change(audience, member, "api", tags=tags)
                shown = audience.show(member)
                done[gives].append({key: shown[key] for key in shown if key not in BEYOND_SEGMENTS})
        return {
            "members_added": done[True],
            "members_removed": done[False],
            "errors": errors,
            "total_added": len(done[True]),
            "total_removed": len(done[False]),
            "error_count": len(errors),
        }

    def _says_no_to_tag(self, member: Member, name: str, gives: bool) -> str:
        if ordered := self.faults.refusal(member.email, tags=True):
            return ordered.error
        if gives and member.status != "subscribed":
            return "The contact is not subscribed."
        return "The contact has this tag already." if gives and name in member.tags else ""

    def batch(self, path: Fields, query: Fields, body: Fields) -> Fields:
        """Add or change up to 500. Whoever is refused is named among `errors`; the others are taken."""
        audience = self.account.audience(path["list_id"])
        created: list[Fields] = []
        updated: list[Fields] = []
        errors: list[Fields] = []
        seen: set[str] = set()
        for fields in body["members"]:
            key = hash_of(fields["email_address"])
            if key in seen and query.get("skip_duplicate_check"):
                continue
            try:
                if key in seen:
                    raise bad_address(fields["email_address"], "It is in this batch twice.")
                seen.add(key)
                known = audience.members.get(key)
                member = self._take(audience, known, fields, body, query)
            except BatchError as error:
                errors.append({"email_address": fields["email_address"], **error.document})
            except Problem as problem:
                errors.append({"email_address": fields["email_address"], **_error(problem)})
            else:
                (updated if known else created).append(audience.show(member))
        return {
            "new_members": created,
            "updated_members": updated,
            "errors": errors,
            "total_created": len(created),
            "total_updated": len(updated),
            "error_count": len(errors),
        }

    def _take(self, audience: Audience, known: Member | None, fields: Fields, body: Fields, query: Fields) -> Member:
        email = fields["email_address"]
        if ordered := self.faults.refusal(email):
            raise BatchError(ordered.error, ordered.error_code, ordered.field, ordered.field_message)
        if email.split("@")[0].lower() in ROLES:
            raise BatchError(f"{email} is a role-based email address and cannot be imported.")
        if known and known.status != "archived" and not body.get("update_existing"):
            raise BatchError(
                f"{email} is already a list member, do you want to update? please provide update_existing:true in the"
                " request body",
                "ERROR_CONTACT_EXISTS",
            )
        return self._save(
            audience,
            known,
            fields,
            skip=query.get("skip_merge_validation", False),
            replace_tags=body.get("sync_tags", False),
        )

    def _refuse_ordered(self, email: str, *, tags: bool = False) -> None:
        if ordered := self.faults.refusal(email, tags=tags):
            message = ordered.field_message or ordered.error
            raise Problem(
                400, "Invalid Resource", ordered.error, [FieldError(ordered.field or "email_address", message)]
            )

    def _find(self, path: Fields) -> tuple[Audience, Member]:
        audience = self.account.audience(path["list_id"])
        member = audience.known_by(path["subscriber_hash"])
        if member is None:
            raise not_found()
        return audience, member

    def _save(
        self, audience: Audience, member: Member | None, fields: Fields, *, skip: bool, replace_tags: bool = False
    ) -> Member:
        """Add or change someone as a call asks, or raise what Mailchimp says to it."""
        email = fields.get("email_address", member.email if member else "")
        _check_address(audience, member, email)
        _check_mapping(audience, fields)
        known = member or self.account.new_member(email)
        status = fields.get("status")
        if status is None and (member is None or member.status == "archived"):
            status = fields.get("status_if_new")
        if member is None and status is None:
            raise not_validated(False, FieldError("status", "This value should not be blank."))
        if status == "subscribed" and known.held:
            raise in_compliance_state(email)
        to: Fields = {"email": email} | {name: fields[name] for name in PLAIN if name in fields}
        if status is not None:
            to["status"] = status
            to["held"] = known.held or status == "cleaned"
        if "merge_fields" in fields:
            to["merge_fields"] = known.merge_fields | fields["merge_fields"]
        if "interests" in fields:
            to["interests"] = known.interests | fields["interests"]
        if "tags" in fields:
            to["tags"] = list(dict.fromkeys([*([] if replace_tags else known.tags), *fields["tags"]]))
            self._name(audience, to["tags"])
        if not skip and (member is None or "merge_fields" in fields):
            _check_required(audience, to.get("merge_fields", known.merge_fields))
        self.account.change(audience, known, "api", **to)
        if status == "pending":
            self.account.confirmations.append(email)
        return known

    def _name(self, audience: Audience, tags: Iterable[str]) -> None:
        for tag in tags:
            if tag not in audience.tags:
                audience.tags[tag] = next(self.account.numbers)


class BatchError(Exception):
    """A batch refuses one member: `document` says why."""

    def __init__(self, error: str, error_code: str = "ERROR_GENERIC", field: str = "", field_message: str = "") -> None:
        super().__init__(error)
        self.document = {"error": error, "error_code": error_code, "field": field, "field_message": field_message}


def _error(problem: Problem) -> Fields:
    first = problem.errors[0] if problem.errors else FieldError("", "")
    return BatchError(problem.detail, "ERROR_GENERIC", first.field, first.message).document


def forget(account: Account, audience: Audience, member: Member, source: Any) -> None:
    """Delete someone for good, and tell webhooks."""
    account.change(audience, member, source, status="archived")
    del audience.members[hash_of(member.email)]
    audience.forgotten.add(hash_of(member.email))


def _check_address(audience: Audience, member: Member | None, email: str) -> None:
    """An address that is no address, that looks made up, that was forgotten or is someone else's.

    The real one knows better than anybody what looks made up; the double says so of `fake@…` and of `.invalid`.
    """
    if not ADDRESS.fullmatch(email):
        raise bad_address(email, "Please provide a valid email address.")
    if email.lower().startswith("fake@") or email.lower().endswith(".invalid"):
        raise bad_address(email, f"{email} looks fake or invalid, please enter a real email address.")
    key = hash_of(email)
    if key in audience.forgotten:
        raise forgotten(email)
    if member is not None and key != hash_of(member.email) and key in audience.members:
        raise member_exists(email)


def _number(value: object) -> bool:
    return not isinstance(value, bool) and (
        isinstance(value, int | float) or (isinstance(value, str) and bool(re.fullmatch(r"-?\d+(\.\d+)?", value)))
    )


VALUES: dict[str, Callable[[object], bool]] = {
    "number": _number,
    "address": lambda value: isinstance(value, dict | str),
}


def _check_mapping(audience: Audience, fields: Fields) -> None:
    """Merge fields and interests that the audience does not have (any more), or values that do not fit."""
    for tag, value in fields.get("merge_fields", {}).items():
        known = audience.merge_fields.get(tag)
        if known is None:
            raise not_validated(False, FieldError(f"merge_fields.{tag}", "This merge field does not exist."))
        fits = VALUES.get(known.type, lambda value: isinstance(value, str | int | float))
        if value != "" and (not fits(value) or (known.choices and value not in known.choices)):
            raise not_validated(False, FieldError(tag, "Please enter a valid value."))
    for key in fields.get("interests", {}):
        if not any(key in category.interests for category in audience.categories.values()):
            raise Problem(400, "Invalid Resource", f"Invalid interest ID: '{key}'.", [FieldError("interests", key)])


def _check_required(audience: Audience, values: Fields) -> None:
    missing = [field.tag for field in audience.merge_fields.values() if field.required and not values.get(field.tag)]
    if missing:
        message = "Your merge fields were invalid."
        raise Problem(400, "Invalid Resource", message, [FieldError(tag, "Please enter a value") for tag in missing])
