"""The properties, a file a theme. Each function measures one figure; its decorator says what it is held against."""
