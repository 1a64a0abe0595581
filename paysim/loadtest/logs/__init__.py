"""The log of a process: where it goes, how a record reads, failures told once a second."""
