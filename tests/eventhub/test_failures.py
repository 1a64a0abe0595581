"""What each error of the SDK means; the errors are built as the SDK builds them."""

import socket
import ssl

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.eventhub._pyamqp import error as amqp
from azure.eventhub._transport._pyamqp_transport import PyamqpTransport
from azure.eventhub.exceptions import EventDataSendError, EventHubError, OperationTimeoutError

from paysim.eventhub.failures import Again, Failure, classify

TRACKING = " TrackingId:51f0_G2, SystemTracker:ns:eventhub:payments, Timestamp:2026-01-01T00:00:00"


def rejected(condition: str, description: str = "") -> Exception:
    """The hub's answer to a send, as the SDK raises it."""
    try:
        known: bytes | amqp.ErrorCondition = amqp.ErrorCondition(condition.encode())
    except ValueError:
        known = condition.encode()
    cause = amqp.MessageException(known, description=description + TRACKING)
    return chained(EventDataSendError(str(cause), cause), cause)  # type: ignore[arg-type]  # not what its types say


def ended(condition: str, description: str = "") -> Exception:
    """The hub ended the link."""
    cause = amqp.AMQPLinkError(condition.encode(), description=description + TRACKING)
    return chained(PyamqpTransport._create_eventhub_exception(cause), cause)


def socket_error(error: OSError) -> Exception:
    cause = amqp.AMQPConnectionError(amqp.ErrorCondition.SocketError, description=str(error), error=error)
    return chained(PyamqpTransport._create_eventhub_exception(cause), cause)


def chained(error: Exception, cause: Exception) -> Exception:
    """As after `raise error from None` in the handler of the cause."""
    try:
        try:
            raise cause
        except Exception:
            raise error from None
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            rejected("com.microsoft:server-busy", "50002"),
            Failure("throttled (com.microsoft:server-busy)", Again.WAIT, unknown=False, broken=False),
        ),
        (
            rejected("amqp:link:message-size-exceeded"),
            Failure("batch too large for the hub", Again.NEVER, unknown=False, broken=False),
        ),
        (rejected("amqp:unauthorized-access"), Failure("unauthorised", Again.NEVER)),
        (rejected("amqp:not-found"), Failure("hub not found", Again.NEVER)),
        (rejected("amqp:resource-limit-exceeded"), Failure("amqp:resource-limit-exceeded", broken=False)),
        # The hub answered, but not whether the batch is stored.
        (rejected("com.microsoft:timeout"), Failure("com.microsoft:timeout", unknown=True, broken=False)),
        (rejected("amqp:internal-error"), Failure("amqp:internal-error", unknown=True, broken=False)),
        # The SDK's own word for a delivery that was under way when its link ended.
        (rejected("amqp:unknown-error"), Failure("connection lost", unknown=True)),
        (ended("amqp:link:detach-forced"), Failure("amqp:link:detach-forced", unknown=True)),
        (ended("amqp:connection:forced"), Failure("amqp:connection:forced", unknown=True)),
        (
            ended("com.microsoft:server-busy"),
            Failure("throttled (com.microsoft:server-busy)", Again.WAIT, unknown=True, broken=True),
        ),
        (ended("amqp:unauthorized-access", "ExpiredToken: expired"), Failure("token expired", unknown=True)),
        (OperationTimeoutError("timed out"), Failure("timed out", unknown=True)),
        (TimeoutError(), Failure("timed out", unknown=True)),
        (socket_error(ConnectionResetError(104, "reset by 10.1.2.3")), Failure("connection lost", unknown=True)),
        (RuntimeError("whatever 10.1.2.3"), Failure("unexpected RuntimeError", unknown=True)),
    ],
)
def test_after_the_bytes_left(error: Exception, expected: Failure) -> None:
    assert classify(error, left=True) == expected


@pytest.mark.parametrize(
    ("error", "reason", "again"),
    [
        (socket_error(socket.gaierror(-2, "Name or service not known")), "name not resolved", Again.RETRY),
        (socket_error(ConnectionRefusedError(111, "refused")), "connection refused", Again.RETRY),
        (socket_error(ssl.SSLCertVerificationError("self-signed")), "TLS certificate not trusted", Again.NEVER),
        (socket_error(ssl.SSLError(1, "wrong version")), "TLS failed", Again.RETRY),
        (socket_error(TimeoutError("timed out")), "timed out", Again.RETRY),
        (ended("amqp:link:detach-forced"), "amqp:link:detach-forced", Again.RETRY),
        (ended("amqp:not-found"), "hub not found", Again.NEVER),
        (ended("com.microsoft:entity-disabled"), "hub disabled", Again.NEVER),
        (
            PyamqpTransport._create_eventhub_exception(amqp.TokenAuthFailure(401, b"InvalidSignature")),
            "authentication failed",
            Again.RETRY,
        ),
        (amqp.TokenAuthFailure(401, b"InvalidSignature"), "unauthorised", Again.NEVER),
        (amqp.TokenAuthFailure(401, b"ExpiredToken: expired"), "token expired", Again.RETRY),
        (amqp.TokenAuthFailure(404, b"not found"), "hub not found", Again.NEVER),
        (amqp.TokenExpired(amqp.ErrorCondition.InternalError), "token expired", Again.RETRY),
        (ClientAuthenticationError("DefaultAzureCredential failed"), "no credential", Again.NEVER),
        (EventHubError("something"), "unexpected EventHubError", Again.RETRY),
    ],
)
def test_before_the_bytes_left_nothing_is_unknown(error: Exception, reason: str, again: Again) -> None:
    failure = classify(error, left=False)
    assert (failure.reason, failure.again, failure.unknown) == (reason, again, False)


def test_reasons_hold_no_tracking_ids_addresses_or_times() -> None:
    for error in (rejected("amqp:internal-error"), ended("amqp:link:detach-forced"), rejected("com.example:new")):
        reason = classify(error, left=True).reason
        assert "Tracking" not in reason and "2026" not in reason and "\n" not in reason


def test_a_send_without_an_answer_is_named_by_what_ended_its_link() -> None:
    link = amqp.AMQPLinkError(b"amqp:unauthorized-access", description="ExpiredToken: the token is expired.")
    unanswered = rejected("amqp:unknown-error")
    assert classify(unanswered, left=True, ended=link) == Failure("token expired", unknown=True)
    assert classify(unanswered, left=False, ended=link) == Failure("token expired", unknown=False)
    busy = amqp.AMQPLinkError(b"com.microsoft:server-busy")
    assert classify(unanswered, left=True, ended=busy).broken
    # An answer is an answer, whatever came after it.
    refused = classify(rejected("com.microsoft:argument-error"), left=True, ended=link)
    assert (refused.reason, refused.unknown) == ("refused as invalid", False)


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = RuntimeError(), RuntimeError()
    first.__cause__, second.__cause__ = second, first
    assert classify(first, left=False).reason == "unexpected RuntimeError"
