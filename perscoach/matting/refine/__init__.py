"""Refinement: what makes a raw matte hold still and end where the person ends."""
