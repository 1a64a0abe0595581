"""Tables of the web UI: one file a table, which registers itself."""

from paysim.registry import import_folder

import_folder(__name__)
