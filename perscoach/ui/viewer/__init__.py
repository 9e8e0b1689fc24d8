"""The 3D viewer: the movement scrubbed in the browser beside its clip."""
