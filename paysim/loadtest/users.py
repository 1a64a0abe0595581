"""The Locust user: a payment source whose tasks are the payment methods.

Everything it does comes from the configuration through the process's `Session`; a locustfile only has to
name this class.
"""

from collections.abc import Callable, Mapping

from locust import TaskSet, User

from paysim.config.codes import PAYMENT_METHODS, PaymentMethod

from .process import process
from .turns import Turn


def _task(method: str) -> "Task":
    def pay(tasks: "PaymentTasks") -> None:
        process.session_of_run().pay(method, tasks.turn)

    pay.__name__ = method
    pay.__doc__ = f"Send one batch of {method} transactions."
    return pay


TASKS = {method: _task(method) for method in PAYMENT_METHODS}
Task = Callable[["PaymentTasks"], None]


class PaymentTasks(TaskSet):
    """Deals payment methods from the worker's deck and waits for its turn before each."""

    tasks = list(TASKS.values())
    turn: Turn

    def on_start(self) -> None:
        self._began = process.session_of_run().turns.first()
        self.wait()

    def get_next_task(self) -> Task:
        return TASKS[process.deal()]

    def wait_time(self) -> float:
        return 0.0

    def _sleep(self, seconds: float) -> None:
        # Locust sleeps here with the user marked as waiting, so that Stop and ramp-down may take it at once.
        self.turn, self._began = process.session_of_run().turns.wait(self._began)


class PaymentUser(User):
    """A terminal or gateway that sends batches of payments, paced and weighted by the configuration."""

    tasks = [PaymentTasks]


def weigh_tasks(weights: Mapping[PaymentMethod, float]) -> None:
    """Show the configured mix where Locust shows tasks (its web UI, --show-task-ratio); dealing is the deck's."""
    PaymentTasks.tasks = [
        TASKS[method] for method, weight in weights.items() for _ in range(max(1, round(weight * 100)))
    ]
