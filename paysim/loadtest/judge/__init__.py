"""Whether a run passed, and what to do next. Pure: a summary in, a verdict out."""
