"""How people pay."""
