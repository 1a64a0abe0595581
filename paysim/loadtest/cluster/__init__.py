"""Who takes part: a standalone process, or a master and its workers, and what they tell each other."""
