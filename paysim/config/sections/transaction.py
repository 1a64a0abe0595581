"""`transaction`: what is sent, how much of it, by whom, and what is wrong with it on purpose."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from paysim.config.arrivals import ArrivalsName
from paysim.config.checks import CHECKS
from paysim.config.mapping.presets import PRESETS
from paysim.config.mix import mix_of
from paysim.contract.labels import SCENARIOS, Intention, ScenarioName

from .base import Count, Fault, Number, Rate, Section, Share
from .mapping import Mapping
from .patterns import Patterns
from .timestamps import Timestamps


class Volume(Section):
    total: Annotated[Count, Field(ge=1, lt=2**40)] | None = Field(
        default=None, description="Stop after exactly this many transactions, over all workers."
    )
    rate: Rate | None = Field(default=None, description="Transactions/s for the whole test, however many users run.")
    rate_per_user: Rate | None = Field(default=10, description="Transactions/s for each user, where no rate is set.")
    arrivals: ArrivalsName = Field(
        default="uniform", description="How the transactions of a rate fall due: evenly, or by chance (poisson)."
    )


class Population(Section):
    customers: Literal["auto"] | Annotated[Count, Field(ge=1, le=10_000_000)] = Field(
        default="auto",
        description="How many different customers pay. auto: live some 300,000 of each worker's own; in replay as many "
        "as pay so much in that time.",
    )
    merchants: Literal["auto"] | Annotated[Count, Field(ge=1, le=1_000_000)] = Field(
        default="auto", description="How many different merchants are paid. auto: one for forty people, 1,000 to 5,000."
    )
    activity: Literal["auto"] | Annotated[Number, Field(ge=0, le=5)] = Field(
        default="auto",
        description="How much busier the busiest are. auto: as people are. A Zipf exponent from 0 (all alike) to 5 "
        "instead makes a few people pay most, as often as that takes.",
    )
    most_per_day: Annotated[Count, Field(ge=1)] = Field(
        default=40, description="Payments of one person a day at the most, in replay with activity auto."
    )


_TOLD_OF_FOLLOW_UPS = (("original_transaction_id",), ("transaction_type", "payment_status"), ("amount",))
"""What an event has to say of a follow-up, for somebody to make sense of it: one of each."""


class Transaction(Section):
    volume: Volume = Volume()
    patterns: Patterns = Field(default_factory=Patterns)  # of what is registered when it is made
    population: Population = Population()
    timestamps: Timestamps = Timestamps()
    violations: dict[ScenarioName, Share] = Field(
        default={},
        description=(
            "Bad transactions, labelled: scenario and share of all, such as {negative_amount: 0.001, duplicate: "
            "0.002}. docs/SIMULATOR-GUIDE.md has them all, under Names."
        ),
    )
    lifecycle: Literal["payments", "full"] = Field(
        default="payments",
        description="What follows a payment. payments: refunds. full: authorisation and capture of cards, voids, "
        "expiries, settlements, refunds, disputes, second attempts, and what becomes of pending payments.",
    )
    lifecycle_speedup: Literal["auto"] | Annotated[Number, Field(ge=1, le=1_000_000)] = Field(
        default="auto",
        description="How much faster follow-ups come in a live run than in life. auto: a month into the run, whose "
        "end -t, stages, or total and rate say; a day a minute where nothing does.",
    )
    mapping: Mapping = Field(default=Mapping(), description="To the contract of the pipeline under test.")

    def faults(self) -> Iterator[Fault]:
        if self.timestamps.mode == "replay" and self.volume.total is None:
            yield ("volume", "total"), "timestamps.mode replay needs a total to spread over its window"
        for check in CHECKS.values():
            yield from check.faults(self)
        if math.fsum(self.violations.values()) > 1:
            total = math.fsum(self.violations.values())
            yield ("violations",), f"the shares sum to {total:g}; allowed: at most 1"
        yield from self._preset_faults()
        yield from self._lifecycle_faults()
        intention = self._intention()
        for name, share in self.violations.items():
            for message in SCENARIOS[name].faults(share, intention) if share else ():
                yield ("violations", name), message

    def _preset_faults(self) -> Iterator[Fault]:
        """A preset may be for some payment methods only."""
        name = self.mapping.preset
        wanted = PRESETS[name].methods if name else ()
        others = [method for method in mix_of(self).methods if wanted and method not in wanted]
        if others:
            weights = ", ".join(f"{method}: 1" for method in wanted)
            yield (
                ("mapping", "preset"),
                f"{name} is for {' and '.join(wanted)}, and payment_methods has {', '.join(others)} too; "
                f"set patterns.payment_methods: {{{weights}}}",
            )

    def _lifecycle_faults(self) -> Iterator[Fault]:
        if self.lifecycle == "payments":
            if self.lifecycle_speedup != "auto":
                yield (
                    ("lifecycle_speedup",),
                    "says how fast follow-ups come, and lifecycle: payments has none but refunds",
                )
            return
        if lacking := [
            " or ".join(paths) for paths in _TOLD_OF_FOLLOW_UPS if not any(map(self.mapping.goes_out, paths))
        ]:
            yield (
                ("lifecycle",),
                "full needs a contract that says which payment a transaction follows, with what, and how much it is; "
                f"in this mapping {' and '.join(lacking)} goes nowhere; let it go out, or set lifecycle: payments",
            )
        if self.lifecycle_speedup != "auto" and self.timestamps.mode == "replay":
            yield ("lifecycle_speedup",), "is for live runs; in replay follow-ups come by the time of the events"

    def _intention(self) -> Intention:
        mix = mix_of(self)
        return Intention(
            methods=mix.methods,
            statuses=mix.statuses,
            channels=mix.channels,
            goes_out=self.mapping.goes_out,
            rate=self.volume.rate if self.timestamps.mode == "live" else None,
            total=self.volume.total,
            follows=self.lifecycle == "full",
            days=self.timestamps.days,
        )
