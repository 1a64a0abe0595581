"""Bank transfers as messages of ISO 20022, in JSON.

A completed or pending payment is a pacs.008 (customer credit transfer), a refund a pacs.004 (payment return), a failed
or cancelled payment a pacs.002 (status report: rejected). A status report also says what was decided of a pending
transfer (ACSP or RJCT), and that one is settled (ACSC). A retry is a pacs.008 or a rejection again, and names the
declined attempt among the remittance information. Elements stand in the order of the schema, lists where it
allows several; an amount is an object with its attribute `Ccy` and its `Value`. Ids are those of the contract without
their hyphens, as Max35Text takes 35 characters. An account is masked, so it stands in `Othr`, not in `IBAN`. The
payee's bank is in no transaction: `NOTPROVIDED`.
"""

from typing import Any

from paysim.config.mapping.presets import PRESETS, Preset

_SCHEME = "payment_details.scheme"
_AMOUNT = {"Ccy": "{currency}", "Value": "{amount|string}"}
_UNKNOWN = {"FinInstnId": {"Othr": {"Id": "NOTPROVIDED"}}}
# How each scheme names the payer's bank; others do not.
_BANKS = {
    "SEPA": {"BICFI": "{payment_details.bic}"},
    "ACH": {"ClrSysMmbId": {"MmbId": "{payment_details.routing_number}"}},
    "FPS": {"ClrSysMmbId": {"MmbId": "{payment_details.sort_code}"}},
    "EFT": {"ClrSysMmbId": {"MmbId": "{payment_details.institution_number}-{payment_details.transit_number}"}},
    "BECS": {"ClrSysMmbId": {"MmbId": "{payment_details.bsb}"}},
    "Zengin": {"ClrSysMmbId": {"MmbId": "{payment_details.bank_code}-{payment_details.branch_code}"}},
    "UPI": {"ClrSysMmbId": {"MmbId": "{payment_details.ifsc}"}},
}
_RETRY = {"when": {"transaction_type": "retry"}, "then": {"Ustrd": ["/RETRYOF/{original_transaction_id|hex}"]}}
_REPORTS = {"transaction_type": ["resolution", "settlement"]}
_ISO_CODES = ["SEPA", "PIX"]  # their reasons are ISO's own; the others' are of their scheme


def _chosen(of: dict[str, Any], otherwise: Any) -> Any:
    """A rule for each scheme, and one for the rest."""
    for scheme, rule in reversed(of.items()):
        otherwise = {"when": {_SCHEME: scheme}, "then": rule, "else": otherwise}
    return otherwise


def _header(**more: Any) -> dict[str, Any]:
    return {"MsgId": "{transaction_id|hex}", "CreDtTm": "{transaction_timestamp}", **more}


def _one_transaction() -> dict[str, Any]:
    return _header(NbOfTxs="1", SttlmInf={"SttlmMtd": "CLRG"})


def _payer_agent() -> dict[str, Any]:
    return {"FinInstnId": _chosen(_BANKS, {"Othr": {"Id": "NOTPROVIDED"}})}


def _account() -> dict[str, Any]:
    alias = {"when": {_SCHEME: ["PIX", "UPI"]}, "then": "{payment_details.alias|cut:-34}"}
    number = {"when": {_SCHEME: "SEPA"}, "then": "{payment_details.iban}", "else": "{payment_details.account_number}"}
    return {"Id": {"Othr": {"Id": {**alias, "else": number}}}}


def _transfer() -> dict[str, Any]:
    transaction = {
        "PmtId": {
            "InstrId": "{correlation_id|hex}",
            "EndToEndId": "{payment_details.reference}",
            "TxId": "{transaction_id|hex}",
        },
        "IntrBkSttlmAmt": _AMOUNT,
        "IntrBkSttlmDt": "{transaction_timestamp|date}",
        "ChrgBr": "SLEV",
        "Dbtr": {"Nm": "{customer_name}", "PstlAdr": {"Ctry": "{customer_country}"}},
        "DbtrAcct": _account(),
        "DbtrAgt": _payer_agent(),
        "CdtrAgt": _UNKNOWN,
        "Cdtr": {"Nm": "{merchant_name}", "PstlAdr": {"Ctry": "{merchant_country}"}},
        "RmtInf": _RETRY,
    }
    return {"FIToFICstmrCdtTrf": {"GrpHdr": _one_transaction(), "CdtTrfTxInf": [transaction]}}


def _return() -> dict[str, Any]:
    transaction = {
        "RtrId": "{transaction_id|hex}",
        "OrgnlInstrId": "{correlation_id|hex}",
        "OrgnlTxId": "{original_transaction_id|hex}",
        "RtrdIntrBkSttlmAmt": _AMOUNT,
        "IntrBkSttlmDt": "{transaction_timestamp|date}",
        "RtrRsnInf": [{"Rsn": {"Cd": "MD06"}}],  # refund on request of the customer
    }
    return {"PmtRtr": {"GrpHdr": _one_transaction(), "TxInf": [transaction]}}


def _report() -> dict[str, Any]:
    code = "{payment_details.reason_code}"
    reason = {"when": {_SCHEME: _ISO_CODES}, "then": {"Cd": code}, "else": {"Prtry": code}}
    statuses = {"failed": "RJCT", "cancelled": "CANC", "completed": "ACSP", "settled": "ACSC"}
    transaction = {
        "OrgnlInstrId": "{correlation_id|hex}",
        "OrgnlEndToEndId": "{payment_details.reference}",
        "OrgnlTxId": {"when": _REPORTS, "then": "{original_transaction_id|hex}", "else": "{transaction_id|hex}"},
        "TxSts": {"of": "payment_status", "values": statuses},
        "StsRsnInf": [{"Rsn": reason}],
        "OrgnlTxRef": {"IntrBkSttlmAmt": _AMOUNT, "IntrBkSttlmDt": "{transaction_timestamp|date}", "RmtInf": _RETRY},
    }
    return {"FIToFIPmtStsRpt": {"GrpHdr": _header(), "TxInfAndSts": [transaction]}}


def _rules() -> dict[str, Any]:
    transfer = {"when": {"payment_status": ["failed", "cancelled"]}, "then": _report(), "else": _transfer()}
    others = {"when": _REPORTS, "then": _report(), "else": transfer}
    return {"body": {"Document": {"when": {"transaction_type": "refund"}, "then": _return(), "else": others}}}


PRESETS.add(
    Preset(
        name="iso20022",
        about="Bank transfers of ISO 20022 as JSON: pacs.008 payments, pacs.004 returns, pacs.002 reports.",
        source="ISO 20022 message definitions pacs.008.001.09, pacs.004.001.10, pacs.002.001.11 (iso20022.org)",
        rules=_rules,
        methods=("bank_transfer",),
    )
)
