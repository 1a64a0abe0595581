"""How people pay: one file a payment method."""
