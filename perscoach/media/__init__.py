"""Clips: probing, checking, normalising once on ingest, and reading frames of the normalised clip."""

from perscoach.media.types import Clip, IngestSettings

__all__ = ["Clip", "IngestSettings"]
