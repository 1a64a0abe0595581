"""What the load test knows of what is behind the hub: the watch of a run, its figures live, and its limits."""
