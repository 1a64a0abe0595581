"""The start form: paysim's fields in it, and what they set when a test is started or edited.

Locust reads its own fields; ours are read before it, so that what is wrong with them reaches the user as the form's
own error and nothing is started.
"""

import logging
from typing import Any

from flask import Response, jsonify, request
from locust.web import WebUI

from paysim.config.errors import ConfigError
from paysim.loadtest.locust_compat import SWARM, replace_template_args
from paysim.loadtest.run import overrides
from paysim.loadtest.run.coordinator import RunCoordinator
from paysim.loadtest.run.overrides import OVERRIDES
from paysim.loadtest.run.settings import ReloadRefused, Settings

from ..users import payment_users

logger = logging.getLogger(__name__)

CONFIGURATION = "configuration"


def install(web_ui: WebUI, conductor: RunCoordinator, settings: Settings) -> None:
    app = web_ui.app
    assert app is not None
    swarm = web_ui.auth_required_if_enabled(lambda: _take(web_ui, conductor, settings))

    @app.before_request
    def before_swarm() -> Response | None:
        # A login lets OPTIONS pass, and so does Flask's own answer to it.
        starts = request.endpoint == SWARM and request.method == "POST"
        found: Response | None = swarm() if starts else None
        return found

    @app.after_request
    def after_swarm(response: Response) -> Response:
        if request.endpoint == SWARM:
            conductor.replan()
        return response

    def fill_form() -> None:
        # Locust makes these anew for each page, from its command line; the form's own values are known here only.
        own = fields(settings)
        web_ui.template_args["extra_options"] = {**own, **_others(web_ui.template_args["extra_options"], own)}

    replace_template_args(web_ui, fill_form)


def _others(options: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    return {name: option for name, option in options.items() if name not in own}


def fields(settings: Settings) -> dict[str, dict[str, Any]]:
    """paysim's fields, in the form that Locust's page takes."""
    found = {}
    if len(settings.choices) > 1:
        found[CONFIGURATION] = _field(settings.choice, "a file of the configured folder", settings.choices)
    for override in OVERRIDES:
        without = settings.without_form(override.name)
        empty = "none" if without is None else f"{without:g}"
        set_here = settings.form.get(override.name, settings.command_line.get(override.name))
        found[override.field] = _field(
            "" if set_here is None else f"{set_here:.15g}", f"{override.help}; empty: {empty}"
        )
    return found


def _field(value: str, help_text: str, choices: list[str] | None = None) -> dict[str, Any]:
    return {
        "default_value": value,
        "choices": choices,
        "help_text": help_text,
        "is_secret": False,
        "is_required": False,
        "is_multiple": False,
    }


def _take(web_ui: WebUI, conductor: RunCoordinator, settings: Settings) -> Response | None:
    """Take over what the form sets; a response only where it cannot be, else Locust goes on with the start."""
    environment = web_ui.environment
    host = conductor.target
    posted = request.form
    try:
        alone = len(payment_users(environment)) == len(environment.user_classes)
        if alone and posted.get("host") not in (None, "", host):
            raise ReloadRefused(
                f"transactions go to {host or 'the configured target'}: the configuration says so, not this field"
            )
        # A client that does not send a field at all leaves it as it is.
        form = {name: value for name, value in settings.form.items() if f"paysim_{name}" not in posted}
        form |= overrides.parse(posted, "start form")
        settings.choose(posted.get(CONFIGURATION) or None, form, running=conductor.run is not None)
    except ConfigError as error:
        return _refusal(settings, "; ".join(map(str, error.faults)), host)
    except ReloadRefused as error:
        return _refusal(settings, str(error), host)
    settings.refused = ""
    return None


def _refusal(settings: Settings, message: str, host: str) -> Response:
    """The start form shows the message; the dialog of a running test does not, so the log and paysim's bar do."""
    settings.refused = message
    logger.warning("what the form sent was refused, and nothing changed: %s", message)
    return jsonify({"success": False, "message": message, "host": host})
