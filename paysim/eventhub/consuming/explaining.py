"""Why a hub cannot be read, as one line for the user, without secrets, addresses of the SDK's or tracking ids."""

from paysim.eventhub import opening
from paysim.eventhub.address import HubAddress
from paysim.eventhub.failures import classify


def explain(error: Exception, address: HubAddress, group: str) -> str:
    """One line: what is wrong, and what to look at."""
    failure = classify(error, left=False)
    known = {
        "unauthorised": _unauthorised(address),
        "hub not found": f"there is no event hub {address.target.hub} with a consumer group {group}",
        "amqp:resource-limit-exceeded": f"five receivers read with the consumer group {group} already;"
        " name one that nobody else reads with",
        "amqp:link:stolen": f"somebody else reads with the consumer group {group}, and has it alone;"
        " name one that nobody else reads with",
    }
    if failure.reason in known:
        return f"cannot read {address}: {known[failure.reason]}"
    return opening.explain(failure, address, error).replace("cannot use", "cannot read", 1)


def _unauthorised(address: HubAddress) -> str:
    if address.target.credential == "identity":
        return "the identity may not read; it needs the role Azure Event Hubs Data Receiver"
    return "the shared access key or signature is wrong, or lacks the right to listen (verify.connection_string)"
