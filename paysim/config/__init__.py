"""What the YAML says, checked: the bottom room, which imports nothing of the rest."""
