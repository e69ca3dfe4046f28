"""Tables of the video room."""

from videos.models.media import Caption, Ingest, VideoFile, VideoRendition
from videos.models.page import Shot, VideoCredit, VideoIndexPage, VideoPage, VideoPerson, VideoTag

__all__ = [
    "Caption",
    "Ingest",
    "Shot",
    "VideoCredit",
    "VideoFile",
    "VideoIndexPage",
    "VideoPage",
    "VideoPerson",
    "VideoRendition",
    "VideoTag",
]
