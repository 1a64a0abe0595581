"""Changes that people make: each is one file or row of `changes`, put into a copy of paysim and shown end to end."""
