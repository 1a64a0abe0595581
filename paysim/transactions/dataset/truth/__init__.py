"""Holds a data set against the facts: is this how people pay?

`data` reads transactions into columns, `properties/` says what is looked at (one file a theme, one function a
property), `statistics` gives a figure its interval, `judge` the verdict, `report` and `page` show it. It knows the
contract of a transaction (docs/transaction.schema.json) and the tables of `paysim.facts`, and nothing of the code that
makes payments, so that a mistake there cannot excuse itself here.
"""
