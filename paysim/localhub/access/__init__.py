"""Who may do what: shared access signatures, JSON Web Tokens, and the node that takes them."""
