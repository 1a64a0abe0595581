"""What the tests of this room share."""

from typing import Any

import pytest

from paysim.contract.methods import PAYMENT_METHODS
from tests.support.transactions import events, make


@pytest.fixture(scope="session")
def sample() -> list[dict[str, Any]]:
    """1,000 events of each payment method, the default configuration."""
    return events(make(), dict.fromkeys(PAYMENT_METHODS, 1000))
