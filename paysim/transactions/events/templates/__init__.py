"""What the templates of `mapping.body` come to: filters, and the tree that a body is compiled to."""
