"""paysim: a load-testing harness for payment-ingestion pipelines that start at an Azure Event Hub."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("paysim")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
