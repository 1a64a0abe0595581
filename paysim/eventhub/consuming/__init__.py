"""Reading as a consumer group does: partitions followed, and how far a group has come."""
