"""When, where, how much and with what outcome people pay."""
