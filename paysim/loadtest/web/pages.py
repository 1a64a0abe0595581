"""The page `/payments`, its data, and the CSV files of the tabs, under Locust's login and base path."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Response, request, send_file, send_from_directory
from locust.web import WebUI

from paysim.loadtest.live.figures import WINDOW_SECONDS
from paysim.loadtest.run.coordinator import RunCoordinator
from paysim.loadtest.run.settings import Settings
from paysim.loadtest.run.shutdown import options

from ..users import payment_users
from . import ended, form, series
from .ended import FILES
from .state import state
from .tables.base import Table, tables

STATIC = Path(__file__).parent / "static"
REPORT = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""The report is one file with all in it, and asks for nothing else."""


def install(web_ui: WebUI, coordinator: RunCoordinator, settings: Settings) -> None:
    environment = web_ui.environment
    shown = tables(coordinator.config)
    pages = Blueprint("paysim", __name__, url_prefix=options(environment).web_base_path or None)

    def route(rule: str, view: Callable[..., Response], name: str) -> None:
        pages.add_url_rule(rule, name, web_ui.auth_required_if_enabled(view))

    def fresh(document: Any) -> Response:
        return Response(orjson.dumps(document), mimetype="application/json", headers={"Cache-Control": "no-store"})

    def page() -> Response:
        return send_from_directory(STATIC, "payments.html")

    def static(name: str) -> Response:
        return send_from_directory(STATIC, name)

    def data() -> Response:
        live = coordinator.watch.live
        known = request.args.get("series", series.name(live)) == series.name(live)
        after = request.args.get("after", -1.0, float) if known else -1.0
        hops_after = request.args.get("hops_after", -1.0, float) if known else -1.0
        document = series.document(
            live, coordinator.target, state(web_ui), coordinator.configured_shares, after, hops_after
        )
        document["tables"] = [{"file": table.file, "title": table.title} for table in shown]
        limits = coordinator.config.thresholds
        document["refused"] = settings.refused
        document["configuration"] = settings.choice or "defaults"
        document["planned_s"] = coordinator.planned_seconds
        document["thresholds"] = {"window": limits.window, "after": limits.after}
        document["judgement"] = coordinator.watch.judgement.plain()
        return fresh(document)

    def bar() -> Response:
        live, limits = coordinator.watch.live.latest, coordinator.watch.judgement
        running = live is not None and live.running
        alone = len(payment_users(environment)) == len(environment.user_classes)
        return fresh(
            {
                "per_s": live.total.per_s if live is not None and running else None,
                "target_per_s": live.target_per_s if live is not None and running else None,
                "window": WINDOW_SECONDS,
                "missed": [each.name for each in limits.standing.missed],
                "outcome": None if limits.verdict is None else limits.verdict.outcome,
                "refused": settings.refused,
                "hints": form.hints(settings, coordinator.target, alone=alone),
                "tabs": [table.title for table in shown],
            }
        )

    def result() -> Response:
        last = coordinator.outcome.last
        if last is None:
            return fresh(None)
        links = [{"href": f"payments/files/{name}", "title": FILES[name][0]} for name in ended.files(last)]
        return fresh({**ended.document(last.summary), "files": links})

    def file(name: str) -> Response:
        last = coordinator.outcome.last
        path = None if last is None else ended.files(last).get(name)
        if path is None:
            return Response(f"the last run has left no {name}\n", 404, mimetype="text/plain")
        response = send_file(path, mimetype=FILES[name][1])
        response.headers["Content-Security-Policy"] = REPORT
        return response

    def verdict() -> Response:
        return fresh(coordinator.watch.judgement.plain())

    def table_file(table: Table) -> Response:
        now = coordinator.watch.live.latest
        rows = [] if now is None else table.rows(now, coordinator.configured_shares)
        name = f"paysim_{coordinator.watch.live.run_id or 'no-run'}_{table.file}"
        headers = {"Content-Disposition": f"attachment;filename={name}"}
        return Response(table.csv(rows), mimetype="text/csv", headers=headers)

    route("/payments", page, "page")
    route("/payments/data", data, "data")
    route("/payments/verdict", verdict, "verdict")
    route("/payments/bar", bar, "bar")
    route("/payments/result", result, "result")
    route("/payments/files/<name>", file, "file")
    route("/payments/static/<name>", static, "static")
    for table in shown:
        route(f"/payments/{table.file}", partial(table_file, table), f"{table.key}_csv")
    assert web_ui.app is not None
    web_ui.app.register_blueprint(pages)
