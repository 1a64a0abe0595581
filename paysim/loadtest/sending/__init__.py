"""One process's sending: its session, its latencies and what became of each transaction."""
