"""Runs over time: which there are in a folder, how they went, and whether some of them are worse than others.

Summaries in, text out: nothing here measures anything. The commands are `paysim history` and `paysim compare`.
"""
