"""What the YAML says, checked. Of the other rooms it knows `contract` alone."""
