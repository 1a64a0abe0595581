"""Reading a hub back: one process for some partitions, what it tells, and how far it is."""
