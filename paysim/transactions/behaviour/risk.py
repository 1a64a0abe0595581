"""What a fraud engine might say of a payment."""

from typing import Any, get_args

import numpy as np

from paysim.contract.model import FraudIndicator

RISK_LEVELS = 2_048
_AT_A_TERMINAL = ("velocity", "unusual_pattern")


def risks(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Scores from a beta distribution (most are low), indicators where they are high.

    RISK_LEVELS records of payments at a distance, then as many of those at a terminal, which knows no proxy, no device
    and no address to compare.
    """
    made: list[dict[str, Any]] = []
    for indicators in (get_args(FraudIndicator), _AT_A_TERMINAL):
        scores = rng.beta(1.3, 9.0, RISK_LEVELS).round(3).tolist()
        for score, draws in zip(scores, rng.random((RISK_LEVELS, len(indicators))).tolist(), strict=True):
            found = [name for name, draw in zip(indicators, draws, strict=True) if draw < score * score]
            made.append({"metadata.risk_score": score, "metadata.fraud_indicators": found})
    return made
