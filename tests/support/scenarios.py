"""Which scenarios a test can have together."""

from paysim.contract.labels import SCENARIOS

OF_PAYMENTS = [name for name, scenario in SCENARIOS.items() if not scenario.in_lifecycle]
"""Those that need nothing to follow payments; the others take `lifecycle: full`."""
IN_LIFECYCLE = [name for name, scenario in SCENARIOS.items() if scenario.in_lifecycle]
