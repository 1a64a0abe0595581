"""What became of it behind the hub: stages, tail readers, database watchers, the lag of a consumer group.

Senders say what they sent (`records`), watchers say what came out (`hub_stage`, `database_stage`), and the matcher
holds the one against the other (`matcher`). All of that but the records happens in a process of its own (`watcher`).
"""
