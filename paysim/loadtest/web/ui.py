"""What paysim adds to Locust's web UI: two tabs, fields of the start form, and the page `/payments`.

Nothing here decides anything: figures are `live`'s, settings are `settings`'.
"""

from locust.web import WebUI

from ..conductor import Conductor
from ..settings import Settings
from . import form, pages, tabs

__all__ = ["install"]


def install(web_ui: WebUI, conductor: Conductor, settings: Settings) -> None:
    """Before the web UI begins to serve."""
    form.install(web_ui, conductor, settings)
    tabs.install(web_ui, conductor)
    pages.install(web_ui, conductor)
