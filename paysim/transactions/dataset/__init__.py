"""Data sets: generated offline into a file, and profiled."""
