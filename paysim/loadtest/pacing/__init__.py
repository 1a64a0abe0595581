"""How fast: schedules, slots, stages, the week and the deck. Times and counts only; no sending."""
