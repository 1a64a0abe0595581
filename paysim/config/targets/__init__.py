"""Where a run leads: addresses, which of them are allowed, and the proxy on the way."""
