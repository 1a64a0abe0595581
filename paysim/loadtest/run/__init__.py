"""A run from its beginning to its end: configuration in force, coordination, shutdown."""
