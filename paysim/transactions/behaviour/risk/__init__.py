"""How risky a payment is, and what becomes of it."""
