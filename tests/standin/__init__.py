"""Stand-ins for files that cannot be had: the same interface, a body of our own."""
