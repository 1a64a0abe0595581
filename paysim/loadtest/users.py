"""The Locust user: a payment source whose tasks are the payment methods.

A locustfile names `PaymentUser`, or its own subclasses of it, beside whatever other users it has. What payments do
comes from the configuration through the process's `Session`; `weight`, `fixed_count`, `wait_time`, tags and further
tasks of a subclass are Locust's, and mean what they mean there.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeGuard, cast

import gevent
from locust import User
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerNode

from paysim.contract.methods import PAYMENT_METHODS, PaymentMethodName

from .locust_compat import PacedTaskSet, put_tags, tags_of
from .pacing.slots import Slot
from .sending.current_session import process

NOBODY_PAYS = "no PaymentUser is among the users of this test: paysim sends nothing, and has no account of it"

Task = Callable[["PaymentTasks"], None]


def _task(method: str, tags: set[str]) -> Task:
    def pay(tasks: "PaymentTasks") -> None:
        process.session_of_run().pay(method, tasks.slot)
        if len(tasks.user.tasks) > 1:
            # The next task may be another one of the user's.
            tasks.interrupt(reschedule=False)  # type: ignore[no-untyped-call]

    pay.__name__ = method
    pay.__doc__ = f"Send one batch of {method} transactions."
    put_tags(pay, tags)
    return pay


class PaymentTasks(PacedTaskSet):
    """Deals payment methods from the worker's deck and waits for its slot before each.

    Each user class has a subclass of its own: Locust's `@tag` marks the functions in it.
    """

    by_method: Mapping[str, Task]
    slot: Slot
    _waited: bool

    def on_start(self) -> None:
        if self._payer.previous_slot is None:
            self._payer.previous_slot = process.session_of_run().slots_of(type(self.user).__name__).first()
        self._waited = False
        self.wait()  # type: ignore[no-untyped-call]

    def get_next_task(self) -> Task:
        return self.by_method[process.deal(type(self.user), self._payer.payment_methods)]

    def wait_time(self) -> float:
        # As Locust's users run their first task at once, the first batch waits for its slot alone.
        waited, self._waited = self._waited, True
        return self.user.wait_time() if waited else 0.0

    def pause(self, seconds: float) -> None:
        if seconds > 0:
            gevent.sleep(seconds)
        payer = self._payer
        assert payer.previous_slot is not None
        slots = process.session_of_run().slots_of(type(payer).__name__)
        self.slot, payer.previous_slot = slots.wait(payer.previous_slot)

    @property
    def _payer(self) -> "PaymentUser":
        return cast(PaymentUser, self.user)


def _payment_tasks(tags: set[str]) -> type[PaymentTasks]:
    """A set of payment tasks that carry these tags of Locust's."""
    by_method = {method: _task(method, tags) for method in PAYMENT_METHODS}
    made: type[PaymentTasks] = type(
        PaymentTasks.__name__,
        (PaymentTasks,),
        {"by_method": by_method, "tasks": list(by_method.values()), "__doc__": PaymentTasks.__doc__},
    )
    return made


class PaymentUser(User):
    """A terminal or gateway that sends batches of payments, paced and weighted by the configuration.

    It is a base for subclasses: Locust runs it itself only where a locustfile declares none.
    """

    tasks = [_payment_tasks(set())]
    payment_methods: ClassVar[Mapping[PaymentMethodName, float] | None] = None
    """Method → weight, of a subclass that has a mix of its own; None: the mix of the configuration."""
    rate: ClassVar[float | None] = None
    """Transactions/s of all users of a subclass together, in the whole test, besides the rate of the configuration;
    None: they share that one with all others."""
    previous_slot: float | None = None
    """When this user's last slot began, in the time of `perf_counter`; None before its first."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # Locust runs every class of a locustfile's names that is not abstract, under whatever name it was imported.
        PaymentUser.abstract = True
        cls.tasks = [_payment_tasks(tags(task)) if is_payments(task) else task for task in cls.tasks]


def is_payments(task: Any) -> TypeGuard[type[PaymentTasks]]:
    """Whether a task of a user class is its payments."""
    return isinstance(task, type) and issubclass(task, PaymentTasks)


def tags(payments: type[PaymentTasks]) -> set[str]:
    """The tags that `@tag` gave to the payments of a user class."""
    return tags_of(payments.by_method.values())


def payment_users(environment: Environment) -> list[type[PaymentUser]]:
    """The user classes of a test that pay; the others are Locust's alone."""
    return [each for each in environment.user_classes if issubclass(each, PaymentUser)]


def own_rates(environment: Environment) -> dict[str, float]:
    """User class → transactions/s, of those that have a rate of their own."""
    return {each.__name__: each.rate for each in payment_users(environment) if each.rate is not None}


def count(environment: Environment, of: Runner | WorkerNode) -> int:
    """How many users that pay run there: in this process, on all workers of a master, or on one worker."""
    if len(payment_users(environment)) == len(environment.user_classes):
        return int(of.user_count)
    return sum(counts(environment, of).values())


def counts(environment: Environment, of: Runner | WorkerNode) -> dict[str, int]:
    """The same by user class."""
    found = of.reported_user_classes_count if isinstance(of, MasterRunner) else of.user_classes_count
    return {each.__name__: found.get(each.__name__, 0) for each in payment_users(environment)}


def show_target(environment: Environment, target: str) -> None:
    """Let Locust's header and reports name where payments go: as the host of those users, and of no others."""
    paying = payment_users(environment)
    for each in paying:
        each.host = target
    if len(paying) == len(environment.user_classes):
        environment.host = None  # it would be shown in place of theirs, and nobody else has a use for it


def weigh_tasks(weights: Mapping[PaymentMethodName, float]) -> None:
    """Show the configured mix where Locust shows tasks, in its web UI and report; dealing is the deck's."""
    for each in PaymentTasks.__subclasses__():
        each.tasks = [
            each.by_method[method] for method, weight in weights.items() for _ in range(max(1, round(weight * 100)))
        ]
