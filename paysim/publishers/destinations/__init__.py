"""Where transactions may go: one file a destination, which registers itself."""

from paysim.registry import import_folder

import_folder(__name__)
