"""Cuts a source of the corpus, and lets the judge look at the clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from tests.cutting import judge
from tests.cutting.corpus import Made
from videos.cutting.captions import CaptionTrack
from videos.cutting.cut import CutOrder, CutResult, cut
from videos.cutting.index import SourceIndex, build_index
from videos.cutting.labels import Labels
from videos.cutting.source import FileSource

# Seconds by which sound may be late or early.
IN_SYNC = 0.010
SEAM_PSNR = 42
MINUTE = 60


@dataclass(frozen=True)
class Clip:
    """A clip of the frames [first, end) of a source."""

    path: Path
    source: Made
    first: int
    end: int
    result: CutResult


@lru_cache(maxsize=64)
def index_of(path: Path) -> SourceIndex:
    """The index of a source, as it comes back from where it was kept."""
    return SourceIndex.from_bytes(build_index(path).to_bytes())


def make_clip(
    source: Made, first: int, end: int, path: Path, labels: Labels | None = None, captions: Sequence[CaptionTrack] = ()
) -> Clip:
    """A clip at `path`."""
    order = CutOrder(first, end, labels or Labels(), captions)
    with FileSource(source.path) as file, path.open("w+b") as target:
        result = cut(file, index_of(source.path), order, target, lambda percent: None)
    return Clip(path, source, first, end, result)


def changed_pictures(clip: Clip) -> list[str]:
    """Sentences about pictures that are not the source's though nobody encoded them, and about seams that are poor."""
    path, source, facts = clip.path, clip.source.path, clip.source.facts
    # Of hours only what is needed is decoded; the one source that is so long begins at second 0 of its own clock.
    begin = facts.time_of(clip.first) if facts.seconds > MINUTE else None
    differing = [each for each in judge.psnr(path, source, clip.first, start=begin) if each != float("inf")]
    copied = clip.result.frame_count - clip.result.encoded_frames
    found = []
    if len(differing) > clip.result.encoded_frames:
        found.append(f"{len(differing)} pictures are changed, {clip.result.encoded_frames} encoded")
    if differing and min(differing) < SEAM_PSNR:
        found.append(f"a seam has {min(differing):.1f} dB")
    if facts.closed_gop and facts.seconds <= MINUTE:
        theirs = set(judge.packets(source))
        if (same := sum(packet in theirs for packet in judge.packets(path))) < copied:
            found.append(f"{copied} packets are said to be copied, {same} are the source's bytes")
        if strange := judge.looks(path) - judge.looks(source):
            found.append(f"looks like {strange}, not like the source")
    return found


def faults(clip: Clip) -> list[str]:
    """Sentences about all that is wrong with a clip: empty if nothing is."""
    path, facts = clip.path, clip.source.facts
    wanted = [facts.number_of(frame) for frame in range(clip.first, clip.end)]
    found = [] if (numbers := judge.frame_numbers(path)) == wanted else [f"shows {numbers}, not {wanted}"]
    times = judge.frame_times(path)
    right = [facts.time_of(frame) - facts.time_of(clip.first) for frame in range(clip.first, clip.end)]
    if len(times) == len(right) and max(abs(a - b) for a, b in zip(times, right, strict=True)) > Fraction(1, 1000):
        found.append(f"is shown at {times}, not at {right}")
    for track in range(len(facts.sounds)):
        late = judge.sync_error(path, facts.sound_at, track)
        if late is not None and abs(late) > IN_SYNC:
            found.append(f"sound {track} is {late * 1000:.1f} ms late")
    found += changed_pictures(clip)
    if said := judge.strict_decode_errors(path):
        found.append(f"a strict decoder says {said}")
    if hidden := judge.hidden_pictures(path):
        found.append(f"hides {hidden} pictures")
    if (hidden := judge.hidden_sound_frames(path)) > 4:
        found.append(f"hides {hidden} frames of sound")
    if orphans := judge.orphan_bytes(path):
        found.append(f"{orphans} bytes are nobody's")
    if path.stat().st_size != clip.result.size_bytes:
        found.append(f"has {path.stat().st_size} bytes, not {clip.result.size_bytes}")
    checks = {
        "the first picture is no IDR": judge.first_sample_is_idr(path),
        "moov comes after mdat": judge.moov_before_mdat(path),
        "several sample entries": judge.entry_count(path) == 1,
    }
    found += [fault for fault, is_right in checks.items() if not is_right]
    return found + judge.timestamp_faults(path) + judge.duration_faults(path)
