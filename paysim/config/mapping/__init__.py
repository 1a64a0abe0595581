"""`transaction.mapping`: the document that a pipeline takes."""
