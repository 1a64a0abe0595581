"""Options of Locust, and parts of a locustfile, that do not work with payments: refused before a run, or warned of.

Locust applies some of its options to tasks, but the configuration deals the tasks of `PaymentUser`. If such an option
were ignored in silence, or applied all the same, the run would be another one than was asked for.
"""

import math
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from locust.env import Environment

from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.config.targets import destinations
from paysim.loadtest.users import PaymentUser, is_payments, payment_users, tags

from .shape import OwnShape
from .shutdown import options


class Unsupported(Exception):
    """The command line or the locustfile asks for something that is not possible; one line for the user. Exit code
    2."""


def require_supported(environment: Environment) -> None:
    """Called in every process before it takes part. Raises Unsupported."""
    told = options(environment)
    paying = payment_users(environment)
    if told.equal_weights and paying:
        raise Unsupported(
            "--equal-weights is not for payments: their mix is transaction.patterns.payment_methods, where equal "
            "weights can be written; leave the option out"
        )
    for each in paying:
        if not _kept(each, told):
            raise Unsupported(
                f"{_tag_options(told)} leaves {each.__name__} without its payments: mark the class with @tag in the "
                "locustfile, name the user classes to run on the command line, or choose payment methods with "
                "transaction.patterns.payment_methods"
            )


def require_conductible(environment: Environment, config: Config) -> None:
    """Called in the process that conducts the run, for its configuration. Raises Unsupported."""
    for each in payment_users(environment):
        if fault := _fault_of_mix(each, config):
            raise Unsupported(f"{each.__name__}.payment_methods: {fault}")
    if fault := _fault_of_rates(payment_users(environment), config):
        raise Unsupported(fault)
    shape = environment.shape_class
    searches = config.load.find_limit is not None
    if (config.load.stages or searches) and shape is not None and not isinstance(shape, OwnShape):
        key, theirs = "load.find_limit" if searches else "load.stages", type(shape).__name__
        raise Unsupported(f"{key} and {theirs} of the locustfile both say how many users there are: keep one")
    if options(environment).json and (destination := destinations.of(config.output)).on_stdout:
        raise Unsupported(
            f"--json writes statistics to standard output, where output.destination {destination.name} writes "
            "transactions: use --json-file"
        )


def remarks(environment: Environment) -> Iterator[str]:
    """A warning for each option that is set and has no effect."""
    paying = payment_users(environment)
    if environment.host and len(paying) == len(environment.user_classes):
        yield "--host has no effect: payments go where the configuration says, and the locustfile has no other users"
    for each in paying:
        if any("host" in base.__dict__ for base in each.__mro__[: each.__mro__.index(PaymentUser)]):
            yield f"{each.__name__}.host has no effect: payments go where the configuration says"


def _fault_of_mix(user: type[PaymentUser], config: Config) -> str | None:
    """What is wrong with the mix of a user class: it has some of the configuration's methods, in weights of its own."""
    own: Any = user.payment_methods
    if own is None:
        return None
    if not isinstance(own, Mapping) or not own:
        return "must be a mapping of payment methods to weights"
    known = [method for method, weight in mix_of(config.transaction).methods.items() if weight]
    for method, weight in own.items():
        if method not in known:
            return f"{method} is not in the configuration's transaction.patterns.payment_methods: {', '.join(known)}"
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            return f"{method} must have a weight, a number, 0 or more"
    return None if sum(own.values()) else "needs a weight above 0"


def _fault_of_rates(paying: Sequence[type[PaymentUser]], config: Config) -> str | None:
    """What is wrong with rates of user classes' own."""
    for each in paying:
        own: Any = each.rate
        number = isinstance(own, int | float) and not isinstance(own, bool)
        if own is not None and not (number and 0 < own < math.inf):
            return f"{each.__name__}.rate: must be transactions/s, a number above 0"
    having = [each.__name__ for each in paying if each.rate is not None]
    others = [each.__name__ for each in paying if each.rate is None]
    load = config.load
    if having and load.find_limit is not None:
        return f"{having[0]}.rate: load.find_limit says which rates are tried; leave one of them out"
    rated = config.transaction.volume.rate is not None or any(stage.rate is not None for stage in load.stages)
    if having and others and not rated:
        return (
            f"{having[0]}.rate: set a rate for {', '.join(others)} too, in the class or for all of them with "
            "transaction.volume.rate"
        )
    if having and not others and rated:
        return f"transaction.volume.rate: nobody is left for it, as {', '.join(having)} have rates of their own"
    return None


def _kept(user: type[PaymentUser], told: Namespace) -> bool:
    """Whether Locust's rule for tags leaves a user class its payments."""
    wanted, unwanted = set(told.tags or ()), set(told.exclude_tags or ())
    return all(
        (not wanted or wanted & tags(task)) and not unwanted & tags(task) for task in user.tasks if is_payments(task)
    )


def _tag_options(told: Namespace) -> str:
    given = [("--tags", told.tags), ("--exclude-tags", told.exclude_tags)]
    return " and ".join(f"{option} {' '.join(names)}" for option, names in given if names)
