"""How much is paid."""
