"""The delivered folder: its files written, read, checked and zipped."""
