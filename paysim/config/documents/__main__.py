"""Writes the documents, from the root of the repository."""

import importlib

from . import editor_schema, example, guide, presets, scenarios

if __name__ == "__main__":
    # Registers what a configuration may name; the room itself may not know who that is.
    importlib.import_module("paysim.transactions")
    importlib.import_module("paysim.publishers")
    guide.PATH.write_text(guide.inserted(guide.PATH.read_text(encoding="utf-8")), encoding="utf-8")
    example.PATH.write_text(example.text(), encoding="utf-8")
    presets.PATH.write_text(presets.text(), encoding="utf-8")
    scenarios.PATH.write_text(scenarios.text(), encoding="utf-8")
    editor_schema.PATH.write_text(editor_schema.text(), encoding="utf-8")
