"""What follows a payment."""
