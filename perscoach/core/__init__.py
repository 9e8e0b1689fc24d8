"""What every room stands on: errors, checks, files, the store, progress, settings and threads."""
