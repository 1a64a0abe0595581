"""What a valid configuration says that has no effect, or an effect its author may not expect.

A default never warns: only keys do that the file gives, and gives another value than the default.
"""

import math
from collections.abc import Collection, Iterator

from pydantic import BaseModel

from .capacity import BYTES_PER_TRANSACTION, LARGEST_SEND, Needs, batch, peak_rate, scheduled
from .errors import Keys
from .schema import Amounts, Config, EventHub
from .targets import connection_strings, destinations, proxies
from .targets.target import Target

# A Standard namespace has 40 at most, with auto-inflate.
MAX_UNITS = 40
_SHAPED_BY = {
    "normal": {"mean", "std_dev"},
    "lognormal": {"mean", "std_dev"},
    "exponential": {"mean"},
    "uniform": set(),
    "bimodal": {"peaks", "std_dev"},
}


def warnings(config: Config, overridden: Collection[Keys] = ()) -> list[str]:
    """One line each, beginning with the key it is about.

    overridden: keys that the command line or the start form set over the file, which then has nothing in vain.
    """
    return [
        *_rates(config, overridden),
        *_amounts(config.transaction.patterns.amounts),
        *_times(config),
        *_output(config),
        *_batches(config),
        *_thresholds(config),
    ]


def _given(section: BaseModel, *names: str) -> list[str]:
    """Those of the keys that the file gives, and not as null or as their default."""
    return [
        name
        for name in names
        if name in section.model_fields_set
        and getattr(section, name) is not None
        and getattr(section, name) != type(section).model_fields[name].default
    ]


def _rates(config: Config, overridden: Collection[Keys]) -> Iterator[str]:
    volume, limit = config.transaction.volume, config.output.rate_limit
    if volume.rate and _given(volume, "rate_per_user") and ("transaction", "volume", "rate") not in overridden:
        yield "transaction.volume.rate_per_user: has no effect, because rate is set; rate wins"
    if config.load.find_limit is not None and _given(volume, "rate"):
        yield "transaction.volume.rate: has no effect, because load.find_limit says which rates are tried"
    if not scheduled(config) and _given(volume, "arrivals"):
        yield "transaction.volume.arrivals: has no effect without a rate"
    if volume.rate and limit and volume.rate > limit:
        yield (
            f"transaction.volume.rate: {volume.rate:,g} is above output.rate_limit {limit:,g}; "
            f"the run is scheduled at {limit:,g}"
        )
    for position, stage in enumerate(config.load.stages):
        if stage.rate and limit and stage.rate > limit:
            yield f"load.stages[{position}].rate: {stage.rate:,g} is above output.rate_limit {limit:,g}"
    rate = peak_rate(config)
    if rate and destinations.of(config.output).is_hub:
        units = Needs(rate).throughput_units
        if units > MAX_UNITS:
            yield (
                f"transaction.volume.rate: {rate:,g}/s needs {units:,} throughput units, and a Standard namespace "
                f"has at most {MAX_UNITS}; use Premium or Dedicated, or expect throttling"
            )


def _amounts(amounts: Amounts) -> Iterator[str]:
    shapes: list[tuple[str, BaseModel, str | None]] = [("", amounts, amounts.shape)]
    for method, shape in amounts.by_method.items():
        shapes.append((f"by_method.{method}.", shape, amounts.of(method).shape))
    for where, given, distribution in shapes:
        for name in _given(given, "mean", "std_dev", "peaks"):
            if distribution is None:
                yield f"transaction.patterns.amounts.{where}{name}: has no effect without a distribution"
            elif name not in _SHAPED_BY[distribution]:
                yield f"transaction.patterns.amounts.{where}{name}: has no effect with distribution {distribution}"


def _times(config: Config) -> Iterator[str]:
    times = config.transaction.timestamps
    if times.mode == "live":
        for name in _given(times, "start", "end"):
            yield f"transaction.timestamps.{name}: has no effect in mode live; it bounds mode replay"
        if config.load.pattern == "none":
            for name in _given(times, "business_hours", "evening", "night_weight", "weekend_factor"):
                yield (
                    f"transaction.timestamps.{name}: has no effect in mode live; it shapes mode replay and "
                    "load.pattern weekly"
                )
    if config.load.pattern == "none" and _given(config.load, "speedup"):
        yield "load.speedup: has no effect without load.pattern weekly"


def _output(config: Config) -> Iterator[str]:
    output = config.output
    if destinations.of(output).section != "file":
        for name in _given(output.file, "path", "rotate_mb"):
            yield f"output.file.{name}: has no effect with destination {output.destination}"
    secret = output.event_hub.connection_string
    if destinations.of(output).is_hub and secret and secret.get_secret_value() == connection_strings.EMBEDDED:
        for name in _given(output.event_hub, "endpoint", "proxy", "ca_file"):
            yield f"output.event_hub.{name}: has no effect with the embedded hub, which is reached directly"
    elif destinations.of(output).is_hub:
        yield from _proxy(output.event_hub)


def _proxy(event_hub: EventHub) -> Iterator[str]:
    proxy = Target.of(event_hub).proxy
    if proxy is not None and proxy.source != proxies.CONFIGURED:
        yield (
            f"output.event_hub.proxy: connections leave through the proxy {proxy}; name the host in NO_PROXY where "
            "they should not"
        )
    if proxy is None and event_hub.proxy is not None:
        yield "output.event_hub.proxy: has no effect, because NO_PROXY names the host"


def _batches(config: Config) -> Iterator[str]:
    output = config.output
    if not _given(output, "batch_size"):
        return
    holds = batch(config)
    if holds < output.batch_size and not output.linger_ms:
        whose = "of the rate (of each worker's part of it)" if scheduled(config) else "of a user's rate_per_user"
        yield (
            f"output.batch_size: batches hold {holds:,} and not {output.batch_size:,}, because a batch is never more "
            f"than a second {whose}; with linger_ms users share a send"
        )
    fits = LARGEST_SEND // BYTES_PER_TRANSACTION
    if destinations.of(output).is_hub and holds > fits:
        yield (
            f"output.batch_size: {holds:,} transactions are more than a send may hold; each batch goes as "
            f"{math.ceil(holds / fits)} sends of about {fits:,}"
        )


def _thresholds(config: Config) -> Iterator[str]:
    least, asked = config.thresholds.min_rate, peak_rate(config) or config.output.rate_limit
    if least is not None and asked is not None and least > asked:
        yield f"thresholds.min_rate: {least:,g} is above the {asked:,g}/s that is asked for, and will be missed"
