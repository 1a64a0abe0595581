"""The run as it goes: snapshots, rolling windows, metrics, the progress line."""
