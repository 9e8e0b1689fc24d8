"""Which weights exist, where each comes from, its hash and licence, how it is fetched and checked; no inference."""

from perscoach.models.fetch import fetch
from perscoach.models.registry import MODELS, Hub, Model, ModelFile, TaskBuild, Url, Wheel, ZipMember
from perscoach.models.store import Status, path_of, status

__all__ = [
    "MODELS",
    "Hub",
    "Model",
    "ModelFile",
    "Status",
    "TaskBuild",
    "Url",
    "Wheel",
    "ZipMember",
    "fetch",
    "path_of",
    "status",
]
