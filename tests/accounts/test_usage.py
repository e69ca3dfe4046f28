"""What is handed out is noted, once, and counted; who is blocked gets nothing, at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import MediaAccount, UsageEntry
from jobs.models import JobState
from tests.accounts.conftest import Person
from tests.clips.asking import files, path_of, patrol
from tests.factories.footage import make_indexed_video
from videos.models import Clip
from videos.models.media import Audience

__all__ = ["files", "patrol"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def video(patrol: Any, files: Any) -> str:
    return str(make_indexed_video(patrol).translation_key)


@pytest.fixture
def master(patrol: Any, files: Any) -> str:
    """For registered accounts."""
    return str(make_indexed_video(patrol, audience=Audience.REGISTERED).translation_key)


def download(person: Person, video: str, method: str = "GET") -> Any:
    return person.api(method, f"videos/{video}/download/")


def order_clip(person: Person, video: str, start: int = 1) -> Any:
    return person.api("POST", f"videos/{video}/clips/", {"start": start, "end": start + 1})


def finish_clips() -> None:
    """As whoever cuts leaves them."""
    Clip.objects.update(
        state=JobState.DONE,
        file_name="clips/patrol.mp4",
        method="copied",
        encoded_frames=0,
        size_bytes=10,
        crc32=1,
        duration=1,
        expires_at=timezone.now() + timedelta(hours=1),
    )


def noted() -> list[tuple[Any, ...]]:
    return list(UsageEntry.objects.order_by("pk").values_list("action", "title", "organisation"))


def test_download_is_noted_with_who_and_what(person: Person, master: str) -> None:
    person.enter()
    assert download(person, master).status_code == 302
    entry = UsageEntry.objects.get()
    assert (entry.account, entry.organisation) == (person.account, "Radio Corvane")
    assert (entry.action, str(entry.story_id), entry.rendition) == ("download", master, "master")
    assert entry.title == "Winter patrol"
    assert (entry.size_bytes or 0) > 0
    assert person.who()["quota"]["left"] == person.who()["quota"]["limit"] - 1
    assert person.api("GET", "account/downloads/").json()["items"][0]["video"] == master


def test_head_and_a_retry_count_nothing(video: str) -> None:
    for one in (Person().enter(), Person(address="198.51.100.2")):
        UsageEntry.objects.all().delete()
        assert [download(one, video, method).status_code for method in ("HEAD", "GET", "GET")] == [302] * 3
        assert UsageEntry.objects.count() == 1


def test_same_download_counts_again_after_a_minute(video: str) -> None:
    person = Person().enter()
    download(person, video)
    UsageEntry.objects.update(at=timezone.now() - timedelta(seconds=61))
    download(person, video)
    assert UsageEntry.objects.count() == 2


def test_downloads_without_an_account_have_no_name(video: str) -> None:
    download(Person(address="198.51.100.3"), video)
    assert noted() == [("download", "Winter patrol", "")]
    assert UsageEntry.objects.get().account is None


def test_what_is_refused_is_not_noted(master: str) -> None:
    assert download(Person(), master).status_code == 401
    assert noted() == []


def test_clip_is_noted_once_when_its_address_is_told(person: Person, video: str) -> None:
    person.enter()
    clip = order_clip(person, video).json()["id"]
    assert noted() == []
    finish_clips()
    person.api("HEAD", f"clips/{clip}/")
    assert noted() == []
    for path in (f"clips/{clip}/", "clips/", f"clips/{clip}/"):
        assert person.api("GET", path).status_code == 200
    assert noted() == [("clip", "Winter patrol", "Radio Corvane")]
    entry = UsageEntry.objects.get()
    assert [entry.start, entry.end, entry.size_bytes] == [1, 2, 10]
    other = Person().enter("bo@press.example", organisation="Le Phare")
    assert order_clip(other, video).json()["download_url"]
    assert noted()[1:] == [("clip", "Winter patrol", "Le Phare")]


def test_archive_is_noted_beside_its_clips_and_counts_for_nothing(video: str) -> None:
    person = Person().enter()
    rows = [{"video": video, "start": start, "end": start + 1} for start in (1, 2)]
    path = f"orders/{person.api('POST', 'orders/', {'clips': rows}).json()['id']}/"
    finish_clips()
    for _again in range(2):
        assert person.api("GET", path).json()["archive"]["status"] == "ready"
    assert sorted(action for action, *_ in noted()) == ["archive", "clip", "clip"]
    quota = person.who()["quota"]
    assert quota["left"] == quota["limit"] - 2


def test_more_than_the_quota_is_refused_in_words_until_there_is_room(video: str, settings: Any) -> None:
    settings.DOWNLOADS_A_DAY = 2
    person = Person(language="fr").enter()
    for hours in (20, 1):
        UsageEntry.objects.create(
            account=person.account, action="download", title="", at=timezone.now() - timedelta(hours=hours)
        )
    answers = [download(person, video), order_clip(person, video)]
    answers.append(person.api("POST", "orders/", {"clips": [{"video": video, "start": 1, "end": 2}]}))
    for answer in answers:
        assert answer.status_code == 429, answer.content
        assert 3.9 * 3600 < int(answer["Retry-After"]) < 4.1 * 3600
        assert "24 heures" in answer.json()["detail"]
    assert Clip.objects.count() == 0
    UsageEntry.objects.filter(at__lt=timezone.now() - timedelta(hours=2)).update(
        at=timezone.now() - timedelta(hours=25)
    )
    assert download(person, video).status_code == 302
    # The same once more is no further download.
    assert download(person, video).status_code == 302
    assert person.who()["quota"] == {"limit": 2, "left": 0}


def test_blocked_account_gets_nothing_at_once(person: Person, video: str) -> None:
    person.enter()
    order = person.api("POST", "orders/", {"clips": [{"video": video, "start": 1, "end": 2}]}).json()
    finish_clips()
    told = person.api("GET", f"orders/{order['id']}/").json()
    links = [
        path_of(told["clips"][0]["download_url"]),
        path_of(told["archive"]["download_url"]),
        path_of(download(person, video)["Location"]),
    ]
    assert [person.request("HEAD", link).status_code for link in links[1:]] == [200, 200]
    MediaAccount.objects.update(blocked_at=timezone.now())
    assert [person.request("HEAD", link).status_code for link in links] == [404] * 3
    for answer in (download(person, video), order_clip(person, video, 2)):
        assert answer.status_code == 403
        assert "blocked" in answer.json()["detail"]
    (clip,) = person.api("GET", "clips/").json()["items"]
    assert (clip["status"], clip["download_url"]) == ("expired", None)
    assert person.api("GET", f"orders/{order['id']}/").json()["archive"] is None


def test_archive_of_what_is_for_accounts_can_be_downloaded(master: str) -> None:
    person = Person().enter()
    order = person.api("POST", "orders/", {"clips": [{"video": master, "start": 1, "end": 2}]}).json()
    finish_clips()
    link = path_of(person.api("GET", f"orders/{order['id']}/").json()["archive"]["download_url"])
    assert person.request("HEAD", link).status_code == 200
