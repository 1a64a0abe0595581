"""What is sent. `generator` is the only door; `dataset` writes whole data sets."""
