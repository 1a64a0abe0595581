"""paysim's part of Locust's web UI (`ui`), and the report that looks like it (`report`)."""
