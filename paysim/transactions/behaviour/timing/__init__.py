"""When people pay."""
