"""Reads events of each preset as a pipeline would, and says in the words of the contract what they say.

Nothing here knows how the presets are made.
"""

from collections.abc import Callable, Iterable
from typing import Any

from paysim.contract.codes import MINOR_UNITS

Event = dict[str, Any]
DONE = {
    "payment": "completed", "authorization": "authorized", "capture": "captured", "void": "voided",
    "expiry": "expired", "settlement": "settled", "refund": "refunded", "dispute": "disputed",
}  # fmt: skip
"""Type → its status where it went well and its type alone says so."""


def transaction(id_: str, original: str | None, type_: str, status: str, amount: int, time: Any, **more: Any) -> Event:
    """In the words of the contract. amount: in minor units."""
    named = {} if original is None else {"original_transaction_id": original}
    fixed = {"payment_method": "", "currency": "", "customer_id": "", "merchant_id": "", "correlation_id": ""}
    told = {"transaction_id": id_, "transaction_type": type_, "payment_status": status, "amount": amount}
    return {**fixed, **told, "transaction_timestamp": str(time), **named, **more}


def _cloudevent(event: Event) -> Event:
    data: Event = event["data"]
    return data | {"amount": round(data["amount"] * 10 ** MINOR_UNITS[data["currency"]])}


def _binary(event: Event) -> Event:
    return _cloudevent({"data": event})


def _gateway(event: Event) -> Event:
    type_, method = event["kind"], event["method"]
    status: str = event["status"]
    found = {"declined": "failed", "timeout": "pending", "error": "cancelled"}.get(status, status)
    if status == "success":
        found = DONE.get(type_, "authorized" if method == "CARD" else "completed")
    more = {"payment_method": method, "currency": event["amount"]["currency"], "correlation_id": event["order_id"]}
    more |= {"customer_id": event["customer"]["reference"], "merchant_id": event["merchant"]["id"]}
    return transaction(
        event["id"], event.get("original_id"), type_, found, event["amount"]["value"], event["timestamp"], **more
    )


def _charge_event(event: Event) -> Event:
    found = event["data"]["object"]
    own, type_ = found["metadata"]["transaction"], event["type"]
    more = {"currency": found["currency"], "correlation_id": found["metadata"]["order"]}
    more["merchant_id"] = found["merchant"]["id"]
    if found["object"] != "charge":
        of = {"charge.dispute.created": "dispute", "charge.dispute.closed": "dispute_end"}.get(type_, found["object"])
        status = found["status"] if of == "dispute_end" else DONE[of]
        return transaction(own, found["charge"][3:], of, status, found["amount"], found["created"], **more)
    original, of = None, "authorization"
    if found["id"] != f"ch_{own}":
        original, of = found["id"][3:], "resolution"
    elif "retry_of" in found:
        original, of = found["retry_of"][3:], "retry"
    status = {"charge.succeeded": "authorized", "charge.pending": "pending", "charge.failed": "failed"}[type_]
    assert not found["captured"] and found["paid"] == (status == "authorized")
    return transaction(own, original, of, status, found["amount"], found["created"], **more)


def _iso8583(event: Event) -> Event:
    elements, private = event["fields"], event["fields"]["48"]
    of = {
        "0210": "refund", "0230": "capture", "0410": "void", "0430": "expiry", "0530": "settlement",
        "0422": "dispute", "0432": "dispute_end", "0100": "authorization",
    }.get(event["mti"])  # fmt: skip
    if of is None:
        assert event["mti"] == "0110"
        of = "retry" if "retry_of" in private else "resolution" if "original" in private else "authorization"
    status = DONE.get(of, "")
    if of in ("authorization", "retry", "resolution"):
        status = "pending" if event["mti"] == "0100" else "authorized" if elements["39"] == "00" else "failed"
    names = [private[name] for name in ("original", "refund_of", "retry_of") if name in private]
    assert len(names) <= 1 and ("refund_of" in private) == (of == "refund")
    original = names[0] if names else None
    more = {"currency": elements["49"], "merchant_id": elements["42"], "customer_id": private["token"]}
    time, amount = elements["7"], int(elements["4"])
    return transaction(private["transaction"], original, of, private.get("outcome", status), amount, time, **more)


def _digits(id_: str) -> str:
    return "-".join((id_[:8], id_[8:12], id_[12:16], id_[16:20], id_[20:]))


def _iso20022(event: Event) -> Event:
    [(name, content)] = event["Document"].items()
    own, time = _digits(content["GrpHdr"]["MsgId"]), content["GrpHdr"]["CreDtTm"]
    original, info = None, {}
    if name == "PmtRtr":
        [found] = content["TxInf"]
        original, of, status, amount = _digits(found["OrgnlTxId"]), "refund", "refunded", found["RtrdIntrBkSttlmAmt"]
        order = found["OrgnlInstrId"]
    elif name == "FIToFICstmrCdtTrf":
        [found] = content["CdtTrfTxInf"]
        of, status, amount, info = "payment", "completed", found["IntrBkSttlmAmt"], found.get("RmtInf", {})
        order = found["PmtId"]["InstrId"]
    else:
        [found] = content["TxInfAndSts"]
        status = {"RJCT": "failed", "CANC": "cancelled", "ACSP": "completed", "ACSC": "settled"}[found["TxSts"]]
        amount, info = found["OrgnlTxRef"]["IntrBkSttlmAmt"], found["OrgnlTxRef"].get("RmtInf", {})
        order, of = found["OrgnlInstrId"], "payment"
        if _digits(found["OrgnlTxId"]) != own:
            original, of = _digits(found["OrgnlTxId"]), "settlement" if status == "settled" else "resolution"
    if info:
        [text] = info["Ustrd"]
        original, of = _digits(text.removeprefix("/RETRYOF/")), "retry"
    minor = round(float(amount["Value"]) * 10 ** MINOR_UNITS[amount["Ccy"]])
    return transaction(own, original, of, status, minor, time, currency=amount["Ccy"], correlation_id=order)


READ: dict[str, Callable[[Event], Event]] = {
    "cloudevents": _cloudevent,
    "cloudevents_binary": _binary,
    "gateway": _gateway,
    "charge_event": _charge_event,
    "iso8583_json": _iso8583,
    "iso20022": _iso20022,
}


def read_back(preset: str, events: Iterable[Event]) -> list[Event]:
    """Events in the order in which they were made. Amounts are in minor units."""
    found = [READ[preset](event) for event in events]
    if preset == "iso20022":  # that a transfer was pending shows when it is decided
        decided = {each["original_transaction_id"] for each in found if each["transaction_type"] == "resolution"}
        for each in found:
            if each["transaction_id"] in decided:
                each["payment_status"] = "pending"
    return found
