"""Mappings that are ready: one file a contract, which registers itself."""

from paysim.registry import import_folder

import_folder(__name__)
