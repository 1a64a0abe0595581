"""What is behind the hub at one moment, as charts over time need it. Plain data."""

from dataclasses import dataclass

from paysim.summary.pipeline import HopNow, PipelineFigures


@dataclass(frozen=True, slots=True)
class HopPoint:
    """`elapsed`: seconds after the start of the run.

    hops: rate and latency of the last seconds. stages: name → transactions that arrived, are under way, and
    are missing. lag: group and partition → events without a checkpoint, None where that is not measured.
    """

    elapsed: float
    hops: tuple[HopNow, ...]
    stages: dict[str, tuple[int, int, int]]
    lag: dict[tuple[str, str], int | None]

    @classmethod
    def of(cls, elapsed: float, found: PipelineFigures) -> "HopPoint":
        """found: what the watcher told last."""
        return cls(
            elapsed=elapsed,
            hops=tuple(found.now),
            stages={stage.name: (stage.arrived, stage.under_way, stage.missing) for stage in found.stages},
            lag={
                (group.consumer_group, partition): None if group.why is not None else behind
                for group in found.lag
                for partition, behind in group.partitions.items()
            },
        )
