"""perscoach: from a coach's clip to a trainer bundle (cut-out video, colour, 3D movement)."""

__version__ = "0.1.0"
