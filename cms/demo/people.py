"""Who works in the demo's newsroom, with passwords of their own for each installation."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from wagtail.users.models import UserProfile

from accounts.models import MediaAccount, User
from cms.local.installation import write_whole


@dataclass(frozen=True)
class Person:
    """Somebody with a login. `language`: of the admin; empty: as the browser asks."""

    role: str
    username: str
    name: str
    groups: tuple[str, ...] = ()
    language: str = ""


PEOPLE = (
    Person("admin", "admin", "Inès Marrow"),
    Person("editor", "editor", "Clara Whitcombe", ("Editors",)),
    Person("editor", "editor-video", "Théo Lacaze", ("Editors", "Media desk"), "fr"),
    Person("translator", "translator", "Camille Aubrac", ("Translators",), "fr"),
    Person("translator", "translator-english", "Owen Hartley", ("Translators",)),
    Person("moderator", "moderator", "Ruth Ekberg", ("Senior editors",)),
    Person("reviser", "reviser", "Benoît Sarrazin", ("Revisers",), "fr"),
    Person("media", "nora.halle@dailyledger.example", "Nora Halle"),
)
WORDS = ("anchor", "beacon", "compass", "current", "ferry", "harbour", "keel", "lantern", "mooring", "narrows",
         "pilot", "quay", "rudder", "signal", "tide", "vessel")  # fmt: skip


def person(username: str) -> User:
    """One of the demo's people."""
    return User.objects.get(username=username)


def load_people() -> int:
    """Make who is missing; answer how many that were. Logins are in `VAR_DIR/demo-users.json`."""
    path = Path(settings.VAR_DIR) / "demo-users.json"
    logins = _read(path)
    present = {user.media_email or user.username: user for user in User.objects.all()}
    made = 0
    with transaction.atomic():
        for who in PEOPLE:
            user = present.get(who.username)
            if user and who.username in logins:
                continue
            password = logins.setdefault(who.username, _password())
            if user is None:
                user = _make_media(who) if who.role == "media" else _make(who)
                made += 1
            user.set_password(password)
            user.save()
        rows = [{"role": who.role, "username": who.username, "password": logins[who.username]} for who in PEOPLE]
        text = json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_whole(path, text, mode=0o600)
    return made


def _make(who: Person) -> User:
    first, last = who.name.split(" ", 1)
    user = User(username=who.username, first_name=first, last_name=last)
    user.email = f"{who.username}@openseas.example"
    user.is_superuser = user.is_staff = who.role == "admin"
    user.save()
    user.groups.set(Group.objects.filter(name__in=who.groups))
    profile = UserProfile.get_for_user(user)
    profile.preferred_language = who.language
    profile.save()
    return user


def _make_media(who: Person) -> User:
    facts = {"name": who.name, "organisation": "The Daily Ledger", "country": "IE", "kind": MediaAccount.Kind.PRESS}
    return MediaAccount.objects.create_confirmed(who.username, language=who.language or "en", **facts).user


def _password() -> str:
    """Readable, with upper and lower case, digits and a symbol."""
    first, *others = (secrets.choice(WORDS) for _ in range(3))
    return "-".join([first.title(), *others, str(1000 + secrets.randbelow(9000))])


def _read(path: Path) -> dict[str, str]:
    try:
        return {row["username"]: row["password"] for row in json.loads(path.read_text(encoding="utf-8"))}
    except (OSError, ValueError, KeyError):
        return {}
