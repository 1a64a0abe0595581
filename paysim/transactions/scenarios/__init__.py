"""What goes wrong on purpose, and carries a label."""
