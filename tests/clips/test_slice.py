"""From an order to a file: the whole way, with a real worker."""

from pathlib import Path

import pytest

from tests.clips.asking import Asker, numbers_in, stored_clips, unfinished_pieces
from tests.clips.ordering import archive, send, told
from tests.factories.footage import frame_numbers, make_published_video
from tests.services import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_clip_has_exactly_the_frames_that_were_asked_for(
    anybody: Asker, patrol: Path, files: Path, tmp_path: Path, worker: Worker
) -> None:
    page = make_published_video(patrol)
    answer = anybody.order(page, "1.2", "00:00:02.000")
    assert answer.status_code == 202, answer.content
    told = answer.json()
    assert answer["Location"] == f"/api/v1/clips/{told['id']}/"
    assert (told["start"], told["end"], told["start_frame"], told["end_frame"]) == (1.2, 2.0, 30, 50)
    clip = anybody.wait(told["id"])
    assert clip["status"] == "ready", clip
    assert (clip["progress"], clip["duration"], clip["error"]) == (100, 0.8, None)
    download = anybody.download(clip["download_url"])
    assert download["Content-Disposition"] == 'attachment; filename="winter-patrol_00-00-01.200_00-00-02.000.mp4"'
    assert download["Cache-Control"] == "private, no-store"
    content = numbers_in(download, tmp_path)
    assert content == list(range(30, 50))
    assert len(stored_clips()) == 1
    assert unfinished_pieces() == []


def test_order_from_a_table_to_an_archive(
    anybody: Asker, patrol: Path, files: Path, tmp_path: Path, worker: Worker
) -> None:
    make_published_video(patrol)
    table = "video;start;end;label\n" + "".join(f"winter-patrol;{n},2;{n + 1};shot {n}\n" for n in range(3))
    placed = send(anybody, table, "text/csv").json()
    for clip in placed["clips"]:
        assert anybody.wait(clip["id"])["status"] == "ready"
    done = told(anybody, placed["id"])
    assert (done["status"], done["archive"]["status"]) == ("ready", "ready")
    with archive(anybody, done) as found:
        for number in range(3):
            clip = Path(found.extract(f"shot_{number}.mp4", tmp_path))
            assert frame_numbers(clip) == list(range(number * 25 + 5, number * 25 + 25))
    assert unfinished_pieces() == []
