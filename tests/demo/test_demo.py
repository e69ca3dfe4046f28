"""`make demo` as a stranger meets it: from nothing to a newsroom that answers, stopped, moved, and asked for more."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest

from cms.demo.pieces import Piece, pieces
from cms.local import services
from cms.local.installation import BASE_DIR, Installation, free_port
from cms.local.postgres import Postgres

OURS = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "EMAIL_HOST", "EMAIL_PORT", "SECRET_KEY", "VAR_DIR", "PORT")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
VIDEO_SECONDS = 6


@dataclass
class Demo:
    """A demo of our own, and how to talk to it."""

    folder: Path
    port: int

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        ours = {"VAR_DIR": str(self.folder), "PORT": str(self.port), "DEMO_VIDEO_SECONDS": str(VIDEO_SECONDS)}
        return inherited | ours

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command of ours in a terminal."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=BASE_DIR,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )

    def start(self) -> str:
        """`make demo DETACH=1`; what it printed."""
        done = self.run("-m", "cms.local", "demo", "--detach")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stop(self) -> None:
        """`make demo-stop`."""
        assert self.run("-m", "cms.local", "stop").returncode == 0

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """`manage.py …` beside the running demo."""
        exports = self.run("-m", "cms.local", "services").stdout
        given = dict(re.findall(r"^export (\w+)='?([^'\n]*)'?$", exports, re.MULTILINE))
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=BASE_DIR,
            env=self.environment() | given,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )

    def facts(self) -> dict[str, Any]:
        """`demo.json`."""
        return json.loads((self.folder / "demo.json").read_text())

    def get(self, path: str) -> Any:
        """JSON of the API."""
        with urlopen(f"{self.facts()['api_url']}{path}") as answer:
            return json.load(answer)

    def status(self, path: str) -> int:
        """Status of an address of the API."""
        try:
            with urlopen(f"{self.facts()['api_url']}{path}") as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code

    def all(self, collection: str, locale: str) -> list[Any]:
        """Every card of a list."""
        found: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(f"{collection}/?locale={locale}&limit=100" + (cursor and f"&cursor={cursor}"))
            found += page["items"]
            cursor = page["next"]
        return found


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="newsroom-demo-"))
    folder.chmod(0o711)
    demo = Demo(folder, free_port(set()))
    try:
        demo.start()
        yield demo
    finally:
        services.stop(Installation(folder))
        Postgres(Installation(folder)).remove()
        shutil.rmtree(folder, ignore_errors=True)


def test_says_where_to_go_and_who_to_be(demo: Demo) -> None:
    facts = demo.facts()
    assert facts["base_url"] == f"http://127.0.0.1:{demo.port}"
    assert {user["role"] for user in facts["users"]} == {
        *("admin", "editor", "translator", "moderator", "reviser", "media"),
    }
    printed = demo.start()
    assert "running already" in printed
    for user in facts["users"]:
        assert user["username"] in printed
        assert user["password"] in printed


def test_staff_come_in_and_the_public_does_not(demo: Demo) -> None:
    for user in demo.facts()["users"]:
        assert came_in(demo, user["username"], user["password"]) == (user["role"] != "media"), user["role"]
    assert not came_in(demo, "admin", "wrong")


def came_in(demo: Demo, username: str, password: str) -> bool:
    """Whether the admin lets this person in, by its own form."""
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    address = f"{demo.facts()['admin_url']}login/"
    with opener.open(address) as form:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.read().decode())
    assert token
    fields = {"csrfmiddlewaretoken": token[1], "username": username, "password": password, "next": "/admin/"}
    with opener.open(Request(address, urlencode(fields).encode(), {"Referer": address})) as answer:
        return answer.geturl() == demo.facts()["admin_url"]


def test_readme_leads_to_a_french_story(demo: Demo) -> None:
    command = re.search(r"^curl '(\S+)'$", (BASE_DIR / "README.md").read_text(), re.MULTILINE)
    assert command
    story = demo.get(command[1].split("/api/v1/")[1])
    assert story["locale"] == "fr"
    assert {link["locale"] for link in story["translations"]} == {"en", "fr"}


def test_there_is_enough_to_read_and_to_watch(demo: Demo) -> None:
    for collection, least in (("news", 60), ("videos", 11)):
        ids = {locale: {card["id"] for card in demo.all(collection, locale)} for locale in ("en", "fr")}
        assert len(ids["en"] | ids["fr"]) >= least
        assert ids["en"] & ids["fr"]
        assert ids["en"] - ids["fr"]
        assert ids["fr"] - ids["en"]
    home = demo.get(demo.get("resolve/?path=/fr/")["api_url"].removeprefix("/api/v1/"))
    assert {slot["place"] for slot in home["slots"]} == {"lead", "featured", "media_resources"}
    assert len(demo.get("navigation/?locale=fr")["main"]) == 3


def test_there_are_newsletters_to_subscribe_to(demo: Demo) -> None:
    names = [one["name"] for one in demo.get("newsletter/lists/?locale=fr")["items"]]
    assert len(names) == 3
    assert "La semaine en mer" in names


def test_stories_are_dated_over_three_years(demo: Demo) -> None:
    written = {piece.words(code)["slug"]: piece for piece in pieces("news") for code in piece.languages}
    cards = [card for card in demo.all("news", "en") + demo.all("news", "fr") if card["slug"] in written]
    dates = sorted(datetime.fromisoformat(card["first_published_at"]) for card in cards)
    assert dates[-1] - dates[0] > timedelta(days=900)
    for card in cards:
        piece = written[card["slug"]]
        assert datetime.fromisoformat(card["published_at"]).date() == piece.at.date()
        if not piece.get("correction"):
            assert card["first_published_at"] == card["published_at"], card["slug"]


def test_drafts_and_schedules_stay_inside(demo: Demo) -> None:
    hidden = [piece for folder in ("news", "videos") for piece in pieces(folder) if piece["status"] != "published"]
    assert {piece["status"] for piece in hidden} == {"draft", "scheduled"}
    for piece in hidden:
        assert demo.status(f"{piece.folder}/{piece.story_id}/") == 404, str(piece)
        for language in piece.languages:
            assert demo.status(f"{piece.folder}/{piece.words(language)['slug']}/?locale={language}") == 404, str(piece)


def test_videos_are_videos(demo: Demo) -> None:
    statement = next(piece for piece in pieces("videos") if is_public_statement(piece))
    video = demo.get(f"videos/{statement.story_id}/?locale={statement['original']}")
    assert video["duration_seconds"] == pytest.approx(VIDEO_SECONDS, abs=0.1)
    assert video["image"]["sources"]
    with urlopen(video["image"]["src"]) as poster:
        assert poster.headers["Content-Type"] == "image/jpeg"


def is_public_statement(piece: Piece) -> bool:
    return piece["kind"] == "statement" and piece["status"] == "published"


def test_documents_are_as_a_fresh_render_makes_them(demo: Demo) -> None:
    done = demo.manage("verify_documents")
    assert done.returncode == 0, done.stdout


def test_loading_again_changes_nothing(demo: Demo) -> None:
    def told() -> list[Any]:
        # Renditions and storyboards are made meanwhile, and videos tell of them: as refreshes.
        return [entry for entry in demo.get("changes/?limit=1000")["items"] if entry["kind"] != "refresh"]

    before = told()
    assert demo.manage("load_demo").returncode == 0
    assert told() == before


def test_any_number_of_stories_can_be_added(demo: Demo) -> None:
    before = len(demo.all("news", "en")) + len(demo.all("news", "fr"))
    done = demo.manage("load_demo", "--stories", "30")
    assert done.returncode == 0, done.stderr
    after = len(demo.all("news", "en")) + len(demo.all("news", "fr"))
    assert after - before == 30 * 1.6  # Six of ten are in both languages.
    assert demo.manage("verify_documents").returncode == 0


def test_files_become_videos(demo: Demo, tmp_path: Path) -> None:
    footage = min((demo.folder / "footage").glob("*.mp4"))
    shutil.copy(footage, tmp_path / "arrival_of_the_fleet.mp4")
    (tmp_path / "notes.mp4").write_text("no video at all")
    done = demo.manage("import_video", str(tmp_path), "--locale", "fr", "--publish")
    made, refused = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode != 0
    assert made["slug"] == "arrival-of-the-fleet"
    assert demo.get(f"videos/{made['id']}/?locale=fr")["title"] == "arrival of the fleet"
    assert set(refused) == {"file", "error"}


def test_a_restart_keeps_everything_and_a_new_port_is_said_everywhere(demo: Demo) -> None:
    users = demo.facts()["users"]
    cards = demo.all("news", "fr")
    demo.stop()
    demo.port = free_port(set())
    demo.start()
    assert demo.facts()["users"] == users
    moved = demo.all("news", "fr")
    assert [card["id"] for card in moved] == [card["id"] for card in cards]
    pictures = [card["image"]["src"] for card in moved if card["image"]]
    assert pictures
    assert all(address.startswith(f"http://127.0.0.1:{demo.port}/") for address in pictures)
    with urlopen(pictures[0]) as picture:
        assert picture.status == 200
