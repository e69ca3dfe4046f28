"""An editor cuts clips in a real browser: by keys, by mouse, from the shot list; and makes a video of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from wagtail.users.models import UserProfile

from tests.clips.asking import files
from tests.e2e.test_newsroom import log_in, shoot
from tests.factories.footage import footage, frame_numbers
from tests.factories.newsroom import make_editor, make_video
from tests.services import INSTALLATION, Worker
from videos.ingest.imports import await_ingest, take_in
from videos.models import Clip, Shot, VideoFile

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("files"),
]
__all__ = ["files"]

SECONDS = 12
FRAMES = SECONDS * 25


@pytest.fixture
def video(transactional_db: None) -> VideoFile:
    """Footage with storyboard, waveform and web preview; with a page that is a draft."""
    video = take_in(footage(INSTALLATION.var_dir, SECONDS), title="Harbour patrol")
    await_ingest(video, whole=True)
    shots = [Shot(start="0.480", end="2.000", text="The tug comes in"), Shot(start="2", end="3", text="Crew on deck")]
    make_video("Harbour patrol", video=video, publish=False, shots=shots)
    return video


def open_studio(page: "Page", newsroom: str, video: VideoFile, language: str = "en") -> None:
    page.set_viewport_size({"width": 1400, "height": 1500})
    user = make_editor("Media desk", f"mara-{language}")
    UserProfile.objects.update_or_create(user=user, defaults={"preferred_language": language})
    log_in(page, newsroom, user.username)
    page.goto(f"{newsroom}/admin/videos/{video.pk}/clips/")
    page.locator("#studio[data-ready]").wait_for()
    page.wait_for_function("document.querySelector('video').readyState >= 2")


def press(page: "Page", *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def shot(page: "Page", text: str) -> "Locator":
    """A row of the shot list."""
    return page.locator("tr", has_text=text)


def now(page: "Page") -> str:
    return page.locator("[data-now]").inner_text()


def test_clip_is_cut_by_keys_and_downloaded(
    worker: Worker, newsroom: str, video: VideoFile, browser_page: "Page", tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    page = browser_page
    open_studio(page, newsroom, video)
    expect(page.locator("[data-now]")).to_have_text("00:00:00:00")
    press(page, "Shift+ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "i")
    expect(page.get_by_label("In point", exact=True).first).to_have_value("00:00:01:01")
    press(page, "Shift+ArrowRight", "o", "Home")
    assert now(page) == "00:00:00:00"
    press(page, "Shift+I")
    assert now(page) == "00:00:01:01"
    press(page, "Shift+O")
    assert now(page) == "00:00:02:01"
    expect(page.locator("[data-length]")).to_have_text("1.000 s, 25 frames")
    # The picture is that of the frame whose name is told.
    assert shown_number(page) == 51
    shoot(page, "studio-points")

    press(page, "m")
    row = page.locator("[data-clips] tbody tr")
    expect(row).to_contain_text("00:00:01:01 – 00:00:02:01")
    expect(row).to_contain_text("Ready", timeout=40_000)
    expect(row).to_contain_text("25 frames")
    expect(page.get_by_role("status").filter(has_text="A clip is ready: 00:00:01:01")).to_have_count(1)
    shoot(page, "studio-clips")
    with page.expect_download() as download:
        row.get_by_role("link", name="Download").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert frame_numbers(path) == list(range(26, 51))

    row.get_by_role("button", name="Make a video of it").click()
    expect(page.locator(".messages")).to_contain_text("is in the media library now")
    made = VideoFile.objects.latest("pk")
    await_ingest(made, seconds=60)
    for table in ("uploads", "clips"):
        page.goto(f"{newsroom}/admin/reports/video-jobs/{table}/?state=done")
        shoot(page, f"video-jobs-{table}")
    assert (made.frame_count, made.title) == (25, "Harbour patrol (00:00:01.040 – 00:00:02.040)")


def test_shot_is_a_clip_in_one_press_and_mistakes_are_told_beside_the_points(
    worker: Worker, newsroom: str, video: VideoFile, browser_page: "Page"
) -> None:
    from playwright.sync_api import expect

    page = browser_page
    open_studio(page, newsroom, video)
    shot(page, "The tug comes in").get_by_role("button", name="Make clip").click()
    expect(page.locator("[data-clips] tbody tr")).to_contain_text("00:00:00:12 – 00:00:02:00")
    shot(page, "Crew on deck").get_by_role("button", name="Show").click()
    expect(page.locator("#studio-start")).to_have_value("00:00:02:00")
    page.locator("#studio-end").fill("00:00:01:99")
    page.locator("#studio-end").press("Enter")
    expect(page.locator("#studio-end-error")).to_contain_text("frames are counted from 0 to 24 here")
    expect(page.locator("#studio-end")).to_be_focused()
    page.locator("#studio-end").fill("1.5")
    page.get_by_role("button", name="Make clip (M)").click()
    expect(page.locator("#studio-end-error")).to_contain_text("The out point comes after the in point.")
    shoot(page, "studio-error")
    expect(page.locator("[data-clips] tbody tr")).to_contain_text("Ready", timeout=40_000)
    page.locator("#studio-end").fill("2.2")
    page.get_by_label("Watermark").check()
    page.get_by_label("Sound only").check()
    page.get_by_role("button", name="Make clip (M)").click()
    expect(page.locator("[data-order-error]")).to_have_text("Sound alone has no picture to burn anything into.")
    assert Clip.objects.count() == 1
    page.get_by_label("Sound only").uncheck()
    page.get_by_role("button", name="Make clip (M)").click()
    burnt = page.locator("[data-clips] tbody tr", has_text="Burnt in: Watermark")
    expect(burnt).to_contain_text("Ready", timeout=40_000)
    expect(burnt).to_contain_text("Encoded")
    shoot(page, "studio-burnt-in")


def test_video_is_shuttled_and_marks_are_dragged(newsroom: str, video: VideoFile, browser_page: "Page") -> None:
    from playwright.sync_api import expect

    page = browser_page
    open_studio(page, newsroom, video)
    press(page, "l", "l", "l")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("[data-speed]")).to_have_text("Forward, 4 times as fast")
    press(page, "k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    press(page, "End")
    expect(page.locator("[data-now-more]")).to_have_text("end of the video")
    press(page, "j")
    expect(page.locator("[data-speed]")).to_have_text("Back")
    page.wait_for_timeout(700)
    press(page, "k")
    assert "00:00:06:00" < now(page) < "00:00:11:15"
    frame = int(page.locator("[data-handle=head]").get_attribute("aria-valuenow") or "")
    page.wait_for_function("!document.querySelector('video').seeking")
    assert shown_number(page) == frame
    # As when an address in a bucket has ended: another one is asked for, and one is where one was.
    page.evaluate("document.querySelector('video').dispatchEvent(new Event('error'))")
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    assert shown_number(page) == frame

    box: Any = page.locator("[data-timeline]").bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 130)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100, steps=4)
    page.mouse.up()
    assert page.locator("[data-handle=head]").get_attribute("aria-valuenow") == str(FRAMES // 2)
    handle: Any = page.locator("[data-handle=in]").bounding_box()
    page.mouse.move(handle["x"] + handle["width"] - 4, handle["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 60, steps=4)
    page.mouse.up()
    mark = page.locator("[data-handle=in]")
    assert abs(int(mark.get_attribute("aria-valuenow") or "") - FRAMES // 4) <= 2
    mark.focus()
    press(page, "Home", "ArrowUp", "PageUp")
    expect(page.locator("#studio-start")).to_have_value("00:00:00:11")

    page.locator("body").click(position={"x": 5, "y": 5})
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    shoot(page, "studio-keys")
    press(page, "Escape")
    UserProfile.objects.update(keyboard_shortcuts=False)
    page.reload()
    page.locator("#studio[data-ready]").wait_for()
    press(page, "l", "ArrowRight", "?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert now(page) == "00:00:00:00"
    page.locator("[data-handle=head]").focus()
    press(page, "ArrowRight")
    assert now(page) == "00:00:00:01"


def test_studio_is_french_dark_and_narrow_too(newsroom: str, video: VideoFile, browser_page: "Page") -> None:
    page = browser_page
    open_studio(page, newsroom, video, "fr")
    assert page.get_by_role("button", name="Créer l’extrait", exact=False).count()
    shoot(page, "studio-fr")
    shot(page, "Crew on deck").get_by_role("button", name="Créer l’extrait").click()
    page.get_by_role("button", name="Annuler").wait_for()
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(300)
    shoot(page, "studio-dark")
    page.set_viewport_size({"width": 400, "height": 1800})
    page.wait_for_timeout(300)
    shoot(page, "studio-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def shown_number(page: "Page") -> int:
    """The frame number in the picture that the browser shows."""
    return int(
        page.evaluate("""async () => {
            const video = document.querySelector("video");
            while (video.seeking) await new Promise((resolve) => setTimeout(resolve, 20));
            await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [1280, 720];
            const pen = canvas.getContext("2d");
            pen.drawImage(video, 0, 0, 1280, 720);
            let number = 0;
            for (let bit = 0; bit < 16; bit += 1)
              number = number * 2 + (pen.getImageData(bit * 32 + 16, 704, 1, 1).data[0] > 127 ? 1 : 0);
            return number;
        }""")
    )
