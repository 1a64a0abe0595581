"""A fault of tokens: they expire sooner than they say."""

from dataclasses import replace

from paysim.localhub.access.sas import TokenGrant
from paysim.localhub.faults.base import FAULTS, WhileGranting


def _shorten(grant: TokenGrant, lifetime: float, now: float) -> TokenGrant:
    return replace(grant, expires_at=min(grant.expires_at, now + lifetime))


FAULTS.add(
    WhileGranting(
        name="token-lifetime",
        unit="SECONDS",
        meaning="let tokens put from now on expire after that, at the latest",
        grant=_shorten,
    )
)
