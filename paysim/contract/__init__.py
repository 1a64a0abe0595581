"""What a transaction is: its vocabularies, its model, its fields and its ids. Imports nothing of the other rooms."""
