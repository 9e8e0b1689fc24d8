"""Suggesting a grade from the person in a clip, and matching one to a picture."""
