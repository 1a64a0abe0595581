"""`python -m paysim`: the `paysim` command."""

import sys

from paysim.cli import main

if __name__ == "__main__":
    sys.exit(main())
