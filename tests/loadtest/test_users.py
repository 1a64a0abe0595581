"""Which user classes Locust runs, what its options may do to their payments, and who counts as a user that pays."""

import subprocess
import sys
from argparse import Namespace
from types import SimpleNamespace
from typing import Any

import pytest
from locust import LoadTestShape, User, tag, task
from locust.env import Environment
from locust.user.task import filter_tasks_by_tags
from locust.util.load_locustfile import load_locustfile

from paysim.config.schema import Config
from paysim.loadtest import PaymentUser
from paysim.loadtest.run.unsupported import Unsupported, remarks, require_conductible, require_supported
from paysim.loadtest.users import count, show_target, weigh_tasks
from tests.support.environment import ROOT

pytestmark = pytest.mark.usefixtures("unmeasured_processes")

COLLECTED = """
import sys
from locust.util.load_locustfile import load_locustfile
found = [name for path in sys.argv[1:] for name in load_locustfile(path)[0]]
print(",".join(found))
"""


def collected(*paths) -> list[str]:
    """The names of the user classes that Locust finds in locustfiles, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", COLLECTED, *map(str, paths)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return [name for name in done.stdout.strip().split(",") if name]


def write(folder, name: str, text: str):
    path = folder / name
    path.write_text(text)
    return path


class Web(User):
    @tag("smoke")
    @task
    def look(self) -> None: ...


class Card(PaymentUser): ...


@tag("smoke")
class Tagged(PaymentUser): ...  # type: ignore[type-var]  # Locust's types know tags of tasks alone


class Inherits(Tagged): ...


def environment(*classes: type[User], **told: object) -> Environment:
    defaults = {"equal_weights": False, "tags": None, "exclude_tags": None, "json": False}
    return Environment(user_classes=list(classes), parsed_options=Namespace(**{**defaults, **told}))


class TestCollecting:
    def test_a_locustfile_that_only_imports_it_runs_it(self, tmp_path):
        assert collected(write(tmp_path, "only.py", "from paysim.loadtest import PaymentUser\n")) == ["PaymentUser"]

    def test_a_base_under_another_name_is_not_run_beside_its_subclasses(self, tmp_path):
        text = "from paysim.loadtest import PaymentUser as Base\nclass Card(Base): ...\nclass Bank(Base): weight = 2\n"
        assert collected(write(tmp_path, "own.py", text)) == ["Card", "Bank"]

    def test_an_abstract_subclass_is_a_base_too(self, tmp_path):
        text = (
            "from paysim.loadtest import PaymentUser\nclass Ours(PaymentUser): abstract = True\nclass Card(Ours): ...\n"
        )
        assert collected(write(tmp_path, "own.py", text)) == ["Card"]

    def test_users_of_other_kinds_do_not_take_its_place(self, tmp_path):
        text = "from locust import User\nfrom paysim.loadtest import PaymentUser\nclass Web(User): ...\n"
        assert sorted(collected(write(tmp_path, "beside.py", text))) == ["PaymentUser", "Web"]

    def test_the_standard_locustfile_runs_beside_others_in_any_order(self, tmp_path):
        standard = ROOT / "locustfiles" / "payments.py"
        own = write(tmp_path, "own.py", "from paysim.loadtest import PaymentUser as Base\nclass Card(Base): ...\n")
        assert sorted(collected(standard, own)) == sorted(collected(own, standard)) == ["Card", "PaymentUser"]

    def test_the_standard_locustfile_has_one_class(self):
        assert list(load_locustfile(str(ROOT / "locustfiles" / "payments.py"))[0]) == ["PaymentUser"]


class TestOptions:
    @pytest.mark.parametrize(
        ("classes", "told"),
        [
            ([Card], {}),
            ([Card], {"exclude_tags": ["smoke"]}),
            ([Tagged], {"tags": ["smoke", "other"]}),
            ([Inherits], {"tags": ["smoke"]}),
            ([Web], {"tags": ["smoke"]}),
            ([Web], {"equal_weights": True}),
        ],
    )
    def test_what_leaves_payments_as_they_are_is_supported(self, classes, told):
        require_supported(environment(*classes, **told))

    @pytest.mark.parametrize(
        ("classes", "told", "said"),
        [
            ([Card], {"tags": ["smoke"]}, "--tags smoke leaves Card without its payments"),
            ([Web, Card], {"tags": ["smoke"]}, "--tags smoke leaves Card without its payments"),
            ([Tagged, Card], {"tags": ["smoke"]}, "leaves Card without"),
            ([Tagged], {"exclude_tags": ["smoke"]}, "--exclude-tags smoke leaves Tagged without its payments"),
            ([Tagged], {"tags": ["a"], "exclude_tags": ["b"]}, "--tags a and --exclude-tags b leaves"),
            ([Web, Card], {"equal_weights": True}, "--equal-weights is not for payments"),
        ],
    )
    def test_what_would_take_payments_away_is_refused_in_one_line(self, classes, told, said):
        with pytest.raises(Unsupported) as raised:
            require_supported(environment(*classes, **told))
        assert said in str(raised.value)
        assert "\n" not in str(raised.value)

    @pytest.mark.parametrize("tags", [None, {"smoke"}, {"other"}])
    @pytest.mark.parametrize("unwanted", [None, {"smoke"}, {"other"}])
    def test_the_rule_for_tags_is_locusts(self, tags, unwanted):
        @tag("smoke")
        class Ours(PaymentUser): ...  # type: ignore[type-var]  # as above

        try:
            require_supported(environment(Ours, tags=tags, exclude_tags=unwanted))
            kept = True
        except Unsupported:
            kept = False
        filter_tasks_by_tags(Ours, tags, unwanted)
        assert bool(Ours.tasks) is kept

    def test_tags_of_one_class_are_not_those_of_another(self):
        filter_tasks_by_tags(Card, exclude_tags={"smoke"})
        assert Card.tasks

    def test_a_shape_of_the_locustfile_beside_stages_is_refused(self):
        class Shape(LoadTestShape):
            def tick(self): ...

        config = Config.model_validate({"load": {"stages": [{"duration": 1, "users": 1}]}})
        env = environment(Card)
        require_conductible(env, config)
        env.shape_class = Shape()
        with pytest.raises(Unsupported, match=r"load\.stages and Shape of the locustfile"):
            require_conductible(env, config)

    @pytest.mark.parametrize(
        ("mix", "said"),
        [
            (
                {"bank_transfer": 1},
                "bank_transfer is not in the configuration's transaction.patterns.payment_methods: ",
            ),
            ({"credit_card": -1}, "credit_card must have a weight, a number, 0 or more"),
            ({"credit_card": True}, "credit_card must have a weight, a number, 0 or more"),
            ({"credit_card": 0}, "needs a weight above 0"),
            (["credit_card"], "must be a mapping of payment methods to weights"),
        ],
    )
    def test_a_wrong_mix_of_a_class_is_refused(self, monkeypatch, mix, said):
        config = Config.model_validate({"transaction": {"patterns": {"payment_methods": {"credit_card": 1}}}})
        monkeypatch.setattr(Card, "payment_methods", {"credit_card": 2})
        require_conductible(environment(Card), config)
        monkeypatch.setattr(Card, "payment_methods", mix)
        with pytest.raises(Unsupported) as raised:
            require_conductible(environment(Card), config)
        assert str(raised.value).startswith(f"Card.payment_methods: {said}")

    @pytest.mark.parametrize(
        ("rates", "volume", "said"),
        [
            ((-1, None), {"rate": 100}, "Card.rate: must be transactions/s, a number above 0"),
            (("10", None), {"rate": 100}, "Card.rate: must be transactions/s, a number above 0"),
            ((10, None), {"rate_per_user": 5}, "Card.rate: set a rate for Tagged too, in the class or for all of them"),
            ((10, 5), {"rate": 100}, "transaction.volume.rate: nobody is left for it, as Card, Tagged have rates of"),
        ],
    )
    def test_a_wrong_rate_of_a_class_is_refused(self, monkeypatch, rates, volume, said):
        config = Config.model_validate({"transaction": {"volume": volume}})
        for each, rate in zip((Card, Tagged), rates, strict=True):
            monkeypatch.setattr(each, "rate", rate)
        with pytest.raises(Unsupported) as raised:
            require_conductible(environment(Card, Tagged), config)
        assert str(raised.value).startswith(said)

    def test_json_and_transactions_are_not_both_written_to_standard_output(self):
        config = Config.model_validate({"output": {"destination": "stdout"}})
        require_conductible(environment(Card), config)
        with pytest.raises(Unsupported, match="--json"):
            require_conductible(environment(Card, json=True), config)

    def test_a_host_that_nobody_uses_is_told(self):
        class Hosted(PaymentUser):
            host = "http://127.0.0.1:1"

        assert list(remarks(environment(Card))) == []
        (line,) = remarks(environment(Hosted))
        assert line.startswith("Hosted.host has no effect")
        alone, beside = environment(Card), environment(Card, Web)
        alone.host = beside.host = "http://127.0.0.1:1"
        assert [line.split(" has ")[0] for line in remarks(alone)] == ["--host"]
        assert list(remarks(beside)) == []


class TestUsersThatPay:
    def test_others_are_not_counted(self):
        node: Any = SimpleNamespace(user_count=5, user_classes_count={"Web": 2, "Card": 3})
        assert count(environment(Web, Card), node) == 3
        assert count(environment(Card), node) == 5
        assert count(environment(Web), node) == 0

    def test_the_host_of_others_stays_theirs(self):
        class Elsewhere(User):
            host = "http://127.0.0.1:2"

        env = environment(Card, Elsewhere)
        env.host = "http://127.0.0.1:1"
        show_target(env, "namespace/hub")
        assert (Card.host, Elsewhere.host, env.host) == ("namespace/hub", "http://127.0.0.1:2", "http://127.0.0.1:1")

    def test_the_mix_is_shown_for_each_class(self):
        weigh_tasks({"credit_card": 0.75, "bank_transfer": 0.25})
        for each in (Card, Tagged):
            mix: Any = each.tasks[0]
            names = [task.__name__ for task in mix.tasks]
            assert (names.count("credit_card"), names.count("bank_transfer")) == (75, 25)
