"""Videos of the demo: footage made at set-up, ingested like any upload, with captions and transcripts."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from cms.demo.bodies import rich_text
from cms.demo.footage import make_footage
from cms.demo.parallel import in_parallel
from cms.demo.pieces import Piece, demo_id
from cms.demo.progress import Progress
from cms.demo.stories import Section
from cms.demo.vocabulary import topics, usage_terms
from delivery.transaction import publishing
from videos.ingest.imports import await_ingest, take_in
from videos.models import Caption, Shot, VideoCredit, VideoFile, VideoIndexPage, VideoPage, VideoPerson
from videos.models.media import Audience

CREDIT = "COS"
# Statements go to everybody; the material that newsrooms cut themselves is for registered accounts.
AUDIENCES = {"b_roll": Audience.REGISTERED, "package": Audience.REGISTERED}


def make_files(pieces: Sequence[Piece], progress: Progress, most_seconds: int) -> None:
    """Footage for each, in the media library and ingested. Files are kept, for the next new database."""
    missing = [piece for piece in pieces if video_file(piece) is None]
    unmade = {}
    for piece in missing:
        path = footage_path(piece, most_seconds)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            seed = demo_id(piece).int % 2**31
            # The key, as on a slate: the typeface has no accents.
            unmade[path] = partial(
                make_footage, unfinished(path), seconds=_seconds(piece, most_seconds), seed=seed, title=piece.key
            )
    for path, _nothing in progress.each("Footage", in_parallel(unmade), total=len(unmade)):
        unfinished(path).replace(path)
    for piece in progress.each("Video files", missing):
        _take_in(piece, footage_path(piece, most_seconds))


def unfinished(path: Path) -> Path:
    """Where footage is while it is made: a file at `path` is a whole one."""
    return path.with_name(f"unfinished-{path.name}")


def footage_path(piece: Piece, most_seconds: int) -> Path:
    """Where the footage of a video is kept."""
    return Path(settings.VAR_DIR) / "footage" / f"{piece.key}-{_seconds(piece, most_seconds)}.mp4"


def _seconds(piece: Piece, most: int) -> int:
    return min(piece["seconds"], most) if most else int(piece["seconds"])


def video_file(piece: Piece) -> VideoFile | None:
    """The video's file in the library, known again by its name in the storage."""
    return VideoFile.objects.filter(file__regex=rf"^media/{piece.key}-\d+").first()


def _take_in(piece: Piece, path: Path) -> None:
    with publishing():
        video = take_in(
            path,
            title=piece.words(piece["original"])["title"],
            master_audience=AUDIENCES.get(piece["kind"], Audience.PUBLIC),
            usage_terms=usage_terms(piece.get("terms", "free")),
        )
        for language in piece.languages:
            lines = piece.words(language).get("captions", [])
            for kind, text in ((Caption.Kind.CAPTION, webvtt(lines)), (Caption.Kind.TRANSCRIPT, transcript(lines))):
                if lines:
                    Caption.objects.create(video=video, kind=kind, language=language, text=text)
    await_ingest(video)
    if video.poster is not None:
        video.poster.credit = CREDIT
        for language in piece.languages:
            setattr(video.poster, f"alt_text_{language}", piece.words(language)["title"])
        video.poster.save()


def webvtt(lines: list[dict[str, Any]]) -> str:
    """Captions as a WebVTT file."""
    cues = [f"{_clock(line['start'])} --> {_clock(line['end'])}\n{line['text'].strip()}\n" for line in lines]
    return "\n".join(["WEBVTT\n", *cues])


def transcript(lines: list[dict[str, Any]]) -> str:
    """What is said, as running text."""
    return " ".join(line["text"].strip() for line in lines)


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"


def write_facts(page: VideoPage, piece: Piece) -> None:
    """What is the same in all languages."""
    page.kind = piece["kind"]
    page.with_graphics = piece["with_graphics"]
    page.video = video_file(piece)
    page.owner_desk = "audiovisual"
    page.recorded_on = piece.at.date() - timedelta(days=max(0, piece["recorded_days_ago"] - piece["days_ago"]))
    page.topics = topics(piece["topics"], page.locale)
    page.tags.set(piece.get("tags", []))
    page.people = [VideoPerson(name=name) for name in piece.get("people", [])]
    page.credits = [VideoCredit(text=text) for text in piece.get("credits", [])]


def write_words(page: VideoPage, piece: Piece, language: str, links_to: str) -> None:
    """What is said in one language."""
    words = piece.words(language)
    page.title, page.slug = words["title"], words["slug"]
    page.summary = words["summary"]
    page.description = rich_text(words["description"], links_to, piece)
    page.location = words.get("location", piece["location"])
    page.shots = [
        Shot(
            start=shot["start"],
            end=shot["end"],
            text=shot["text"],
            locale=page.locale,
            translation_key=demo_id(piece, "shot", number),
        )
        for number, shot in enumerate(words.get("shots", []))
    ]


VIDEOS = Section("videos", VideoPage, VideoIndexPage, write_facts, write_words)
