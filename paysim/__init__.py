"""paysim: a load-testing harness for payment-ingestion pipelines that start at an Azure Event Hub.

The names of `__all__` are public. All else is private and may change with any version.
"""

import importlib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paysim.loadtest import PaymentUser
    from paysim.transactions.hook import on_transaction

__all__ = ["PaymentUser", "__version__", "on_transaction"]

try:
    __version__ = version("paysim")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    # Importing paysim.loadtest imports Locust, which patches the process for gevent: only who asks for it gets that.
    if name == "PaymentUser":
        return importlib.import_module("paysim.loadtest").PaymentUser
    if name == "on_transaction":
        return importlib.import_module("paysim.transactions.hook").on_transaction
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
