"""The standard test behind a login of one name and password: `locust -f docs/examples/login.py --web-login`.

They are WEB_USER and WEB_PASSWORD of the environment. For single sign-on give `auth_args` providers instead, see
Locust's "Adding authentication to the web UI". The login says who may start a test; use TLS (`--tls-cert`) besides.
"""

import hmac
import os
import secrets

from flask import Blueprint, redirect, request, session, url_for
from flask_login import UserMixin, login_user
from locust import events

from paysim import PaymentUser

__all__ = ["PaymentUser"]


class Operator(UserMixin):
    id = "operator"


@events.init.add_listener
def login(environment, **_):
    web_ui = environment.web_ui
    if web_ui is None or not web_ui.web_login:
        return
    name, password = os.environ["WEB_USER"], os.environ["WEB_PASSWORD"]
    web_ui.app.secret_key = secrets.token_bytes(32)  # a restart logs everybody out
    web_ui.app.config["SESSION_COOKIE_SAMESITE"] = "Strict"
    web_ui.login_manager.user_loader(lambda user_id: Operator() if user_id == Operator.id else None)
    base_path = environment.parsed_options.web_base_path or ""
    web_ui.auth_args = {"username_password_callback": f"{base_path}/login_submit"}
    pages = Blueprint("login", __name__, url_prefix=base_path or None)

    @pages.route("/login_submit", methods=["POST"])
    def submit():
        given = (request.form.get("username", ""), request.form.get("password", ""))
        checked = [hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, (name, password), strict=True)]
        if not all(checked):
            session["auth_error"] = "Wrong name or password"
            return redirect(url_for("locust.login"))
        login_user(Operator())
        return redirect(url_for("locust.index"))

    web_ui.app.register_blueprint(pages)
