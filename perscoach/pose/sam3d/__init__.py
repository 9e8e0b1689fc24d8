"""SAM 3D Body: a real human mesh from single pictures, made steady."""
