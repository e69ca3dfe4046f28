"""Tables of the video room."""

from videos.models.clip import Clip, ClipRequest, SampleIndex
from videos.models.media import Caption, Ingest, VideoFile, VideoRendition
from videos.models.page import Shot, VideoCredit, VideoIndexPage, VideoPage, VideoPerson, VideoTag

__all__ = [
    "Caption",
    "Clip",
    "ClipRequest",
    "Ingest",
    "SampleIndex",
    "Shot",
    "VideoCredit",
    "VideoFile",
    "VideoIndexPage",
    "VideoPage",
    "VideoPerson",
    "VideoRendition",
    "VideoTag",
]
