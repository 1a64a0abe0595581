"""What is written of the schema and the registries: the guide's tables, the example file, a schema for editors.

`python -m paysim.config.documents` writes all of them; a test says when they are stale.
"""
