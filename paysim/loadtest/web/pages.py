"""The page `/payments`, its data, and the CSV files of the tabs, under Locust's login and base path."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import orjson
from flask import Blueprint, Response, request, send_from_directory
from locust.web import WebUI

from paysim.loadtest.run.coordinator import RunCoordinator
from paysim.loadtest.run.settings import Settings
from paysim.loadtest.run.shutdown import options

from . import series
from .state import state
from .tables.base import Table, tables

STATIC = Path(__file__).parent / "static"


def install(web_ui: WebUI, conductor: RunCoordinator, settings: Settings) -> None:
    environment = web_ui.environment
    shown = tables(conductor.config)
    pages = Blueprint("paysim", __name__, url_prefix=options(environment).web_base_path or None)

    def route(rule: str, view: Callable[..., Response], name: str) -> None:
        pages.add_url_rule(rule, name, web_ui.auth_required_if_enabled(view))

    def page() -> Response:
        return send_from_directory(STATIC, "payments.html")

    def static(name: str) -> Response:
        return send_from_directory(STATIC, name)

    def data() -> Response:
        live = conductor.live
        known = request.args.get("series", series.name(live)) == series.name(live)
        after = request.args.get("after", -1.0, float) if known else -1.0
        hops_after = request.args.get("hops_after", -1.0, float) if known else -1.0
        document = series.document(
            live, conductor.target, state(web_ui), conductor.configured_shares, after, hops_after
        )
        document["tables"] = [{"file": table.file, "title": table.title} for table in shown]
        document["refused"] = settings.refused
        document["judgement"] = conductor.judgement.plain()
        return Response(orjson.dumps(document), mimetype="application/json", headers={"Cache-Control": "no-store"})

    def verdict() -> Response:
        judgement = orjson.dumps(conductor.judgement.plain())
        return Response(judgement, mimetype="application/json", headers={"Cache-Control": "no-store"})

    def table_file(table: Table) -> Response:
        now = conductor.live.latest
        rows = [] if now is None else table.rows(now, conductor.configured_shares)
        name = f"paysim_{conductor.live.run_id or 'no-run'}_{table.file}"
        headers = {"Content-Disposition": f"attachment;filename={name}"}
        return Response(table.csv(rows), mimetype="text/csv", headers=headers)

    route("/payments", page, "page")
    route("/payments/data", data, "data")
    route("/payments/verdict", verdict, "verdict")
    route("/payments/static/<name>", static, "static")
    for table in shown:
        route(f"/payments/{table.file}", partial(table_file, table), f"{table.key}_csv")
    assert web_ui.app is not None
    web_ui.app.register_blueprint(pages)
