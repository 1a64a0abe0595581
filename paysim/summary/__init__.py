"""What a run leaves (`summary.json`): its form, its published schema, and reading it back.

The process that conducts a run makes one (`loadtest.report.summary`); reports, verdict and subcommands read it.
It knows nothing of Locust, so that reading a summary does not load it.
"""
