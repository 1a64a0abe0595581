"""Where events are: segments in files, partitions, hubs, and which partition a key belongs to."""
