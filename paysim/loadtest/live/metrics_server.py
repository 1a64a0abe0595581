"""Where Prometheus scrapes: `/metrics` of Locust's web UI, and `metrics.port` of this machine.

Only the process that conducts the run serves them: it knows all senders.
"""

from collections.abc import Callable

from flask import Response, request
from gevent.pywsgi import WSGIServer
from locust.env import Environment
from locust.web import WebUI
from prometheus_client import make_wsgi_app
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry

from paysim.loadtest.run.shutdown import options

from .figures import Live
from .metrics import registry

HOST = "127.0.0.1"


class MetricsPortError(Exception):
    """`metrics.port` cannot be listened on; one line for the user. Exit code 2."""


def serve(environment: Environment, live: Live, target: Callable[[], str], port: int | None) -> None:
    """Serve them as long as Locust runs. Raises MetricsPortError.

    target: where payments go now.
    """
    found = registry(live, target)
    if environment.web_ui is not None:
        _add_page(environment.web_ui, found)
    if port is not None:
        server = WSGIServer((HOST, port), make_wsgi_app(found), log=None, error_log=None)
        try:
            server.start()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise MetricsPortError(f"metrics.port: {port} cannot be used: {reason}") from None
        environment.events.quit.add_listener(lambda **_: server.stop(timeout=0))


def _add_page(web_ui: WebUI, found: CollectorRegistry) -> None:
    """Behind Locust's login, where there is one, and below its --web-base-path."""

    def metrics() -> Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(found), content_type=content_type)

    path = f"{options(web_ui.environment).web_base_path or ''}/metrics"
    assert web_ui.app is not None
    web_ui.app.add_url_rule(path, "paysim_metrics", web_ui.auth_required_if_enabled(metrics))
