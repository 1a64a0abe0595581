"""How people pay: one file a payment method (cards: one for two), which registers itself."""

from paysim.registry import import_folder

import_folder(__name__)
