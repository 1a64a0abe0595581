"""What a client's links do: send events in, receive them, ask."""
