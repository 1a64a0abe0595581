"""paysim: a load-testing harness for payment-ingestion pipelines that start at an Azure Event Hub.

The names of `__all__` are public. All else is private and may change with any version.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paysim.loadtest import PaymentUser
    from paysim.transactions.hook import on_transaction

    __version__: str

__all__ = ["PaymentUser", "__version__", "on_transaction"]


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # takes the local hub longer to import than all of it

    try:
        return version("paysim")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0+unknown"


def __getattr__(name: str) -> Any:
    # Importing paysim.loadtest imports Locust, which patches the process for gevent: only who asks for it gets that.
    if name == "PaymentUser":
        return importlib.import_module("paysim.loadtest").PaymentUser
    if name == "on_transaction":
        return importlib.import_module("paysim.transactions.hook").on_transaction
    if name == "__version__":
        return _version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
