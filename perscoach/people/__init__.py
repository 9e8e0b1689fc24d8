"""Who is in the clip: the landmarker and the one person it follows."""
