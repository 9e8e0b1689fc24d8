"""The movement's two files: ``trainer_poses.json`` for a page, ``trainer_poses.npz`` for numeric tools."""

from perscoach.bundles.poses_json import read_json, write_json
from perscoach.bundles.poses_npz import read_npz, read_vertices, write_npz

__all__ = ["read_json", "read_npz", "read_vertices", "write_json", "write_npz"]
