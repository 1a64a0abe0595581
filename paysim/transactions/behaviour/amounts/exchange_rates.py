"""Exchange rates, from the dated table of `facts.exchange`."""

from paysim.facts import exchange

PER_DOLLAR: dict[str, float] = {currency: figure.value for currency, figure in exchange.PER_DOLLAR.items()}
"""Units of the currency (ISO 4217) for one US dollar."""


def rate(source: str, target: str) -> float:
    """How much of `target` one unit of `source` buys."""
    return PER_DOLLAR[target] / PER_DOLLAR[source]
