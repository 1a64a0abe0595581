"""What goes wrong on purpose, and carries a label: one file a family, which registers its scenarios."""

from paysim.registry import import_folder

import_folder(__name__)
