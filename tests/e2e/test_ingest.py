"""An editor watches how an upload becomes a video, and chooses another poster."""

from typing import TYPE_CHECKING

import pytest

from tests.clips.asking import files
from tests.e2e.test_newsroom import log_in, shoot
from tests.factories.footage import footage
from tests.factories.newsroom import make_editor
from tests.services import INSTALLATION, Worker
from videos.ingest.imports import await_ingest, take_in
from videos.models.ingest import StepName, StepState
from videos.tasks import wake_ingest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("files"),
]
__all__ = ["files"]


def test_steps_are_seen_while_they_are_done(worker: Worker, newsroom: str, browser_page: "Page") -> None:
    from playwright.sync_api import expect

    worker.stop()
    # Long enough for a page that looks every few seconds, on a busy machine, too.
    video = take_in(footage(INSTALLATION.var_dir, 40), title="Harbour patrol")
    await_ingest(video)
    make_editor("Media desk", "mara")
    log_in(browser_page, newsroom, "mara")
    browser_page.goto(f"{newsroom}/admin/media/edit/{video.pk}/")
    part = browser_page.locator("[data-live]")
    rows = part.locator("tbody tr")
    expect(rows).to_have_count(len(StepName))
    expect(rows.filter(has_text="Web renditions")).to_contain_text("Waiting")
    expect(part).to_contain_text("1280 × 720")
    shoot(browser_page, "ingest-begun")

    worker.start()
    wake_ingest(video.ingest.pk)
    expect(rows.filter(has_text="Web renditions").locator("progress")).to_be_visible(timeout=30_000)
    shoot(browser_page, "ingest-running")
    expect(rows.filter(has_text="Done")).to_have_count(len(StepName), timeout=120_000)

    storyboard = rows.filter(has_text="Storyboard")
    storyboard.get_by_role("button").click()
    expect(browser_page.locator(".messages")).to_contain_text("“Storyboard” is done again")
    expect(rows.filter(has_text="Done")).to_have_count(len(StepName), timeout=120_000)
    shoot(browser_page, "ingest-done")
    assert {step.state for step in video.ingest.all_steps()} == {StepState.DONE}
