"""What paysim adds to Locust's web UI: two tabs, fields of the start form, and the page `/payments`.

Nothing is decided here: figures come from `live`, `settings` keeps the configuration, `guard` says who may change it.
"""

from collections.abc import Collection

from locust.stats import RequestStats
from locust.web import WebUI

from paysim.config.targets.destinations import DESTINATIONS
from paysim.contract.methods import PAYMENT_METHODS
from paysim.loadtest.run.coordinator import RunCoordinator
from paysim.loadtest.run.settings import Settings

from . import form, guard, pages, tabs

__all__ = ["install"]


def install(web_ui: WebUI, coordinator: RunCoordinator, settings: Settings, hosts: Collection[str]) -> None:
    """Before the web UI begins to serve. hosts: names under which it is reached besides this machine's own."""
    guard.install(web_ui, hosts)
    form.install(web_ui, coordinator, settings)
    tabs.install(web_ui, coordinator)
    pages.install(web_ui, coordinator, settings)
    stats = web_ui.environment.stats
    coordinator.watch.live.method_latencies = lambda: _method_latencies(stats)


def _method_latencies(stats: RequestStats) -> dict[str, dict[str, float]]:
    """Of the response times that Locust has counted: payment method → p50, p95 and p99 in milliseconds."""
    ours = {each.request_type for each in DESTINATIONS.values()}
    return {
        name: {f"p{percent}": float(entry.get_response_time_percentile(percent / 100)) for percent in (50, 95, 99)}
        for (name, request_type), entry in stats.entries.items()
        if request_type in ours and name in PAYMENT_METHODS and entry.response_times
    }
