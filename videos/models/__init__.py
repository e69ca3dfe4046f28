"""Tables of the video room."""

from videos.models.clip import Clip, ClipRequest, SampleIndex
from videos.models.ingest import Ingest, IngestStep, Storyboard, Waveform
from videos.models.media import Caption, VideoFile, VideoRendition
from videos.models.order import Order, OrderLine
from videos.models.page import Shot, VideoCredit, VideoIndexPage, VideoPage, VideoPerson, VideoTag
from videos.models.upload import Upload

__all__ = [
    "Caption",
    "Clip",
    "ClipRequest",
    "Ingest",
    "IngestStep",
    "Order",
    "OrderLine",
    "SampleIndex",
    "Shot",
    "Storyboard",
    "Upload",
    "VideoCredit",
    "VideoFile",
    "VideoIndexPage",
    "VideoPage",
    "VideoPerson",
    "VideoRendition",
    "VideoTag",
    "Waveform",
]
