"""Arguments that several commands take."""

import argparse
from collections.abc import Callable

WHICH_FILE = "a YAML file (default: $PAYSIM_CONFIG, else config/simulator_config.yaml)"


def whole(low: int, high: int) -> Callable[[str], int]:
    """For argparse: a whole number within bounds."""

    def read(text: str) -> int:
        if text.isdecimal() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}, not {text}")

    return read
