"""Two faults of azure-eventhub, mended in place: where an IPv6 address is split, and what a refused token is told by.

Both replace a private part, for the whole process, when `mend` is called first. Where the part is gone nothing is
replaced, and `sdk_parts` says what that costs; where upstream has mended the fault itself the replacement changes
nothing.
"""

from collections.abc import Callable
from functools import cache
from typing import Any


def mend_host_and_port() -> bool:
    """`_pyamqp._transport.to_host_port` takes the last group of an IPv6 address for a port.

    The SDK has cut the brackets off by then, and hands the port over beside it: it gets them back. Whether it
    could be mended; without the mend a hub is reached by a name or an IPv4 address.
    """
    try:
        from azure.eventhub._pyamqp import _transport

        _transport.to_host_port = _leaving_ipv6(_transport.to_host_port)
    except (ImportError, AttributeError):
        return False
    return True


def _leaving_ipv6(by_sdk: Callable[..., tuple[str, int]]) -> Callable[..., tuple[str, int]]:
    def to_host_port(host: str, *port: int) -> tuple[str, int]:
        is_ipv6 = host.count(":") > 1 and not host.startswith("[")
        return by_sdk(f"[{host}]" if is_ipv6 else host, *port)

    return to_host_port


def mend_token_status() -> bool:
    """Where an answer of `$cbs` has an `error-condition`, the SDK forgets its status, and raises one of None.

    Then a key that is wrong and a hub that is not there would be tried again as if the connection had been lost.
    Whether it could be mended.
    """
    try:
        from azure.eventhub._pyamqp.cbs import CBSAuthenticator

        CBSAuthenticator._on_execute_operation_complete = _keeping_status(  # type: ignore[method-assign]
            CBSAuthenticator._on_execute_operation_complete
        )
    except (ImportError, AttributeError):
        return False
    return True


def _keeping_status(by_sdk: Callable[..., None]) -> Callable[..., None]:
    def complete(self: Any, result: Any, code: int, description: str, message: Any, condition: Any = None) -> None:
        by_sdk(self, result, code, description, message, condition)
        if condition:
            self._token_status_code, self._token_status_description = code, description

    return complete


@cache
def mend() -> None:
    """Both, once, before the first connection."""
    mend_host_and_port()
    mend_token_status()
