"""Into JSON Lines: a file or standard output."""
