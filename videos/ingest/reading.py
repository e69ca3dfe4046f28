"""Looking into files that strangers made: `videos.ingest.reader`, confined."""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from videos.cutting.confinement import MOST_SAID, Limits, Tell, run
from videos.errors import NoVideo, TooDemanding, refusal


def read(action: str, path: Path, result: Path, tell: Tell, *, limits: Limits, at: Fraction | None = None) -> Any:
    """What `videos.ingest.reader` tells of a file. Raises NoVideo, ReaderDied, and whatever `tell` raises."""
    said = bytearray()

    def hear(piece: bytes) -> None:
        said.extend(piece)
        if len(said) > MOST_SAID:
            raise TooDemanding

    module = [sys.executable, "-m", "videos.ingest.reader", action, str(path), str(result)]
    run([*module, *([] if at is None else [str(at)])], limits, tell, hear)
    answer = json.loads(said)
    if "refused" in answer:
        raise refusal(answer["refused"], answer["details"])
    return answer["told"]


def refused_words(error: NoVideo) -> dict[str, Any]:
    """What is kept of an error, so that it can be said in another language: `videos.errors.refusal` takes it back."""
    return {"name": type(error).__name__, "details": {name: str(value) for name, value in error.details.items()}}
