"""How often people pay so, where, by which channel and for what: shares that hold together."""
