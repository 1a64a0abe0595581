"""The start form: paysim's fields in it, and what they set when a test is started or edited.

Locust reads its own fields. Ours are read before that, so that a fault in them is shown as an error of the form, and
nothing is started.
"""

import logging
from typing import Any

from flask import Response, jsonify, request
from locust.web import WebUI

from paysim.config.errors import ConfigError, ConfigFault
from paysim.loadtest.locust_compat import SWARM, replace_template_args
from paysim.loadtest.run import overrides
from paysim.loadtest.run.coordinator import RunCoordinator
from paysim.loadtest.run.overrides import OVERRIDES, Override
from paysim.loadtest.run.settings import ReloadRefused, Settings

from ..users import payment_users

logger = logging.getLogger(__name__)

CONFIGURATION = "configuration"


def install(web_ui: WebUI, coordinator: RunCoordinator, settings: Settings) -> None:
    app = web_ui.app
    assert app is not None
    swarm = web_ui.auth_required_if_enabled(lambda: _take(web_ui, coordinator, settings))

    @app.before_request
    def before_swarm() -> Response | None:
        # A login lets OPTIONS pass, and so does Flask's own answer to it.
        starts = request.endpoint == SWARM and request.method == "POST"
        found: Response | None = swarm() if starts else None
        return found

    @app.after_request
    def after_swarm(response: Response) -> Response:
        answer = response.get_json(silent=True) if request.endpoint == SWARM else None
        if answer and answer.get("success"):  # what was refused leaves the time of the run as it is
            coordinator.replan()
        return response

    def fill_form() -> None:
        # Locust makes these anew for each page, from its command line; only we know what the form set.
        own = fields(settings)
        web_ui.template_args["extra_options"] = {**own, **_others(web_ui.template_args["extra_options"], own)}

    replace_template_args(web_ui, fill_form)


def _others(options: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    return {name: option for name, option in options.items() if name not in own}


def fields(settings: Settings) -> dict[str, dict[str, Any]]:
    """paysim's fields, in the form that Locust's page takes."""
    found = {}
    if len(settings.choices) > 1:
        found[CONFIGURATION] = _field(settings.choice, settings.choices)
    for override in OVERRIDES:
        set_here = settings.form.get(override.name, settings.command_line.get(override.name))
        found[override.field] = _field("" if set_here is None else f"{set_here:.15g}")
    return found


def hints(settings: Settings, target: str, *, alone: bool) -> dict[str, str]:
    """What stands below a field, by the name that Locust's page gives it: more than its label has room for.

    alone: whether there are no other users, whose the field Host would be.
    """
    found = {CONFIGURATION: "A file of the configured folder."} if len(settings.choices) > 1 else {}
    for override in OVERRIDES:
        found[_in_page(override.field)] = f"{_sentence(override.help)} Empty: {_empty(settings, override)}."
    if alone:
        found["host"] = (
            f"Payments go to {target or 'the configured target'}: the configuration says so, not this field."
        )
    return found


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _in_page(name: str) -> str:
    """Locust's page has names in camel case."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _empty(settings: Settings, override: Override) -> str:
    """What an empty field means."""
    if (without := settings.without_form(override.name)) is not None:
        return f"{without:,.15g}"
    if override.name != "rate":
        return "none"
    pace = settings.loaded.config.transaction.volume.rate_per_user
    return f"none, each user makes {pace:,.15g}/s" if pace is not None else "none, users send as fast as they can"


def _field(value: str, choices: list[str] | None = None) -> dict[str, Any]:
    return {
        "default_value": value,
        "choices": choices,
        "help_text": None,  # the label would be cut off: see `hints`
        "is_secret": False,
        "is_required": False,
        "is_multiple": False,
    }


def _take(web_ui: WebUI, coordinator: RunCoordinator, settings: Settings) -> Response | None:
    """Take over what the form sets; a response only where it cannot be, else Locust goes on with the start."""
    environment = web_ui.environment
    host = coordinator.target
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
        settings.choose(posted.get(CONFIGURATION) or None, form, running=coordinator.run is not None)
    except ConfigError as error:
        return _refusal(settings, [_words(fault) for fault in error.faults], host)
    except ReloadRefused as error:
        return _refusal(settings, [str(error)], host)
    settings.refused = ""
    return None


def _words(fault: ConfigFault) -> str:
    """A fault in words: of the form it names the field, of a file the key and its place."""
    name = next((each.name for each in OVERRIDES if each.keys == fault.keys and fault.line is None), None)
    return str(fault) if name is None else f"{name.replace('_', ' ')} {fault.message}"


def _refusal(settings: Settings, faults: list[str], host: str) -> Response:
    """The start form shows the message, a fault a line; the dialog of a running test closes all the same, so paysim's
    script shows it there, and the log has it."""
    settings.refused = "\n".join(faults)
    logger.warning("what the form sent was refused, and nothing changed: %s", "; ".join(faults))
    return jsonify({"success": False, "message": settings.refused, "host": host})
