"""A body that moves: what the pose engines make and the meshes, viewers and exporters read."""
