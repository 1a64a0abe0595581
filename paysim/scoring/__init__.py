"""What a pipeline decided, held against what was sent bad on purpose. Pure: files in, figures out."""
