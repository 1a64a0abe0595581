"""A payment that waits for its next event, as a row of some hundred bytes: its number, time and amount, where its
records are, and which of its events is the next."""

import numpy as np

from paysim.contract.fields import DETAILS
from paysim.transactions.behaviour.payment_sampler import PaymentSampler

from . import life_story
from .begun_payments import BegunOfDraw
from .life_story import Payments

_PICKS = ("customer", "merchant", "place", "device", "address", "currency", "entry", "risk", "outcome")
_STATES = {"completed": life_story.APPROVED, "pending": life_story.PENDING, "failed": life_story.DECLINED}


class PaymentRows:
    """The rows of one method's payments. dtype: of a row. kept: what follow-ups repeat of what a payment said: name in
    `payment_details` → bytes."""

    def __init__(self, sampler: PaymentSampler) -> None:
        records, world, method = sampler.records, sampler.world, sampler.method
        self.sources = [source for source in _PICKS if source in records.by_source]
        self.kept = dict(method.kept)
        numbers = [
            ("due", "i8"),
            ("begun", "i8"),
            ("sent", "i8"),
            ("number", "u8"),
            ("purchase", "u8"),
            ("minor", "i8"),
        ]
        small = [(name, "i1") for name in ("step", "state", "tries", "fate")]
        picks = [(f"pick {source}", "i4") for source in self.sources]
        self.dtype = np.dtype([*numbers, *small, *picks, *((name, f"S{width}") for name, width in self.kept.items())])
        known = zip(records.outcomes.status, records.outcomes.is_final, strict=True)
        status = [life_story.OVER if final else _STATES.get(each, life_story.OVER) for each, final in known]
        self._state = np.full(len(records.by_source["outcome"]), life_story.OVER, np.int8)
        self._state[: len(status)] = status
        channels = [device["channel"] for device in records.by_source["device"]]
        self._remote = np.array([channel != "pos" for channel in channels])
        self._own_device = np.array([channel in ("web", "mobile") for channel in channels])
        self._category = world.merchant_category
        self._country = world.country if method.settlement == "scheme" else world.merchant_country
        self._of = "pick customer" if method.settlement == "scheme" else "pick merchant"

    def of(self, begun: BegunOfDraw) -> np.ndarray:
        """A row of each, without a next event."""
        drawn, positions = begun.drawn, begun.positions
        rows = np.zeros(len(positions), self.dtype)
        rows["number"] = rows["purchase"] = begun.numbers
        rows["sent"], rows["begun"], rows["minor"] = begun.sent, begun.begun, drawn.minor[positions]
        for source in self.sources:
            rows[f"pick {source}"] = drawn.picks[source][positions]
        rows["state"] = self._state[rows["pick outcome"]]
        for name in self.kept:
            column = drawn.drawn[f"{DETAILS}.{name}"]
            rows[name] = [column[at] or b"" for at in positions.tolist()]
        return rows

    def payments(self, rows: np.ndarray) -> Payments:
        """What is told of."""
        return Payments(
            number=rows["number"].copy(),
            begun=rows["begun"].copy(),
            minor=rows["minor"].copy(),
            state=rows["state"],
            tries=rows["tries"],
            remote=self._remote[rows["pick device"]],
            category=self._category[rows["pick merchant"]],
            country=self._country[rows[self._of]],
            fate=rows["fate"],
        )

    def picks(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Source → positions of the records of each."""
        found = {source: rows[f"pick {source}"].astype(np.intp) for source in self.sources}
        found["instrument"] = found["customer"]
        return found

    def from_own_device(self, rows: np.ndarray) -> np.ndarray:
        """Whether each came from its customer's own device."""
        found: np.ndarray = self._own_device[rows["pick device"]]
        return found
