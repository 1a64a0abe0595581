"""What paysim adds to Locust's web UI: two tabs, fields of the start form, and the page `/payments`.

Nothing here decides anything: figures are `live`'s, settings are `settings`', and who may change them is `guard`'s.
"""

from collections.abc import Collection

from locust.web import WebUI

from paysim.loadtest.run.coordinator import RunCoordinator
from paysim.loadtest.run.settings import Settings

from . import form, guard, pages, tabs

__all__ = ["install"]


def install(web_ui: WebUI, conductor: RunCoordinator, settings: Settings, hosts: Collection[str]) -> None:
    """Before the web UI begins to serve. hosts: names under which it is reached besides this machine's own."""
    guard.install(web_ui, hosts)
    form.install(web_ui, conductor, settings)
    tabs.install(web_ui, conductor)
    pages.install(web_ui, conductor, settings)
