"""What became of a run behind the hub: its stages (other hubs, databases), and the lag of the pipeline's consumers.

Senders say what they sent (`records`), readers of the stages say what came out (`stages`), and the `matcher` holds the
one against the other. Only the records are made where payments are sent; the rest runs in a process of its own:
`watcher_process` starts it, `watcher` is its main, and `watched_run` is a run there from its beginning to its end.
"""
