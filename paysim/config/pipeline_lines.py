"""What `paysim check` says of a pipeline: each stage, where it leads, and what watching it costs."""

from collections.abc import Iterator

from .schema import Config
from .sections.pipeline import SqlStage
from .targets import allowed_targets, database_urls
from .targets.target import Target


def pipeline_lines(config: Config) -> Iterator[str]:
    """A line each, without a secret."""
    pipeline, event_hub = config.pipeline, config.output.event_hub
    for stage in pipeline.stages:
        if stage.event_hub is not None:
            target = Target.of(stage.event_hub.event_hub(event_hub))
            place = f"hub {target.hub} on this machine" if target.loopback else f"hub {target.key}"
            yield f"{stage.name}: {place} ({_verdict(target, config)}), group {stage.event_hub.consumer_group}"
        elif stage.sql is not None:
            found = stage.sql.place
            yield f"{stage.name}: {found.place} ({_verdict(found.target, config)}){_unmeasured(stage.sql)}"
    for lag in pipeline.lag:
        account = database_urls.storage_account(lag.checkpoints.blob.get_secret_value())
        target = Target(account.host, lag.checkpoints.container, account.port)
        yield f"lag of {lag.consumer_group}: checkpoints in {target.key} ({_verdict(target, config)})"
    if pipeline.stages:
        if source_group(config) is None:
            yield (
                "the hub that is loaded is not read, so what did not come is never called missing, unless lag says so; "
                "name verify.consumer_group"
            )
        else:
            yield "the hub that is loaded is read too: its egress is what is sent, and again where runs are verified"


def source_group(config: Config) -> str | None:
    """The consumer group with which the hub that is loaded is read while a run is on; None: it is not."""
    if not config.pipeline.stages:
        return None
    if (group := (config.verify.consumer_group or "").strip()) != "":
        return group
    return "$Default" if Target.of(config.output.event_hub).local else None


def _verdict(target: Target | None, config: Config) -> str:
    if target is None:
        return "on this machine"
    refused = any(allowed_targets.refusals(target, config.output.event_hub.allowed_targets))
    return "must not be reached" if refused else "may be reached"


def _unmeasured(sql: SqlStage) -> str:
    without = ""
    if sql.row is None:
        without += "; no row: duplicates are not measured"
    if sql.time is None:
        without += "; no time: latencies are upper bounds"
    return without
