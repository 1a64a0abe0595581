"""What the YAML says, checked. Of the other rooms it imports only `contract` and `registry`."""
