"""Video in and out: probing and normalising a clip, reading its frames, writing and verifying the delivered files."""

from perscoach.media.types import Clip, IngestSettings

__all__ = ["Clip", "IngestSettings"]
