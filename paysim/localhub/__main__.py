"""`python -m paysim.localhub`: the local hub without the rest of paysim."""

import sys

from paysim.localhub.command import main

sys.exit(main())
