"""What follows a payment besides refunds: captures, voids, expiries, settlements, disputes, and what was pending."""

from . import sources as by
from .figure import Figure, Range, Shares

_VALID = "days for which an authorisation of a card holds"
VALID_REMOTE = Figure(7, _VALID, year=2024, source=by.STRIPE_HOLDS)
VALID_IN_PERSON = Figure(5, _VALID, year=2024, source=by.STRIPE_HOLDS, estimate="Visa's; other brands have two")

_VOIDED = "share of authorisations that the merchant takes back before it captures"
VOIDED_REMOTE = Figure(0.015, _VOIDED, year=2024, source=by.OWN, estimate="orders that are cancelled or out of stock")
VOIDED_IN_PERSON = Figure(0.004, _VOIDED, year=2024, source=by.OWN, estimate="mistakes at the till")
_EXPIRED = "share of authorisations that are never captured and run out"
EXPIRED_REMOTE = Figure(0.006, _EXPIRED, year=2024, source=by.OWN, estimate="what is not delivered in time, and tests")
EXPIRED_IN_PERSON = Figure(0.001, _EXPIRED, year=2024, source=by.OWN, estimate="tills that lose a batch")
IN_TWO_PARTS = Figure(
    0.05, "share of captures of retail at a distance that come in two parts", year=2024, source=by.OWN,
    estimate="orders that are sent in two parcels",
)  # fmt: skip
LESS_THAN_AUTHORIZED = Figure(
    0.02, "share of captures at a distance that are less than what was authorised", year=2024, source=by.OWN,
    estimate="an article that is out of stock",
)  # fmt: skip

_CAPTURE = "days from an authorisation at a distance to its capture, median"
CAPTURE_DELAY: dict[str, Figure] = {
    "retail": Figure(0.9, _CAPTURE, year=2024, source=by.OWN, estimate="cards are charged when goods are sent"),
    "travel": Figure(0.1, _CAPTURE, year=2024, source=by.OWN, estimate="tickets at once, stays later"),
    "entertainment": Figure(0.01, _CAPTURE, year=2024, source=by.OWN, estimate="minutes: digital goods"),
    "education": Figure(0.05, _CAPTURE, year=2024, source=by.OWN, estimate="within hours"),
    "healthcare": Figure(0.3, _CAPTURE, year=2024, source=by.OWN, estimate="parcels within a day, bills at once"),
    "other": Figure(0.1, _CAPTURE, year=2024, source=by.OWN, estimate="within hours"),
    "food_beverage": Figure(0.03, _CAPTURE, year=2024, source=by.OWN, estimate="when the order is on its way"),
}
CAPTURE_DELAY_IN_PERSON = Figure(
    0.25, "days from an authorisation at a terminal to its capture, median", year=2024, source=by.OWN,
    estimate="tills send their batch at the end of the day",
)  # fmt: skip
SETTLED_AFTER = Figure(
    1, "banking days from a capture to its settlement", year=2024, source=by.VISA_RULES,
    estimate="cleared in the evening, settled on the next day on which banks of the merchant's country are open",
)  # fmt: skip

PENDING_COMPLETED = Figure(
    0.92, "share of pending payments that are completed in the end", year=2024, source=by.OWN,
    estimate="most wait for a clearing or a review only; returns of account-to-account payments are few",
)  # fmt: skip
PENDING_HOURS = Figure(
    2.0, "hours until a pending payment is decided, median, where no banking day is waited for", year=2024,
    source=by.OWN, estimate="manual reviews and confirmations of a network",
)  # fmt: skip
RETRY_APPROVED = Figure(
    0.45, "share of second attempts that are approved", year=2024, source=by.OWN,
    estimate="another PIN or a smaller balance elsewhere helps about every other time",
)  # fmt: skip

# Disputes.
WORLDWIDE = Figure(
    0.0004, "disputes for each card payment", year=2025, source=by.MASTERCARD_DISPUTES,
    estimate="261 million over some 720 billion purchases (Nilson)",
)  # fmt: skip
PRINTED: dict[str, Figure] = {
    category: Figure(rate, "disputes for each payment, of a processor", year=2023, source=by.CLEARLY_DISPUTES)
    for category, rate in {
        "education": 0.0102, "travel": 0.0089, "healthcare": 0.0086, "entertainment": 0.0056, "other": 0.0055,
        "retail": 0.0052, "food_beverage": 0.0012,
    }.items()
}  # fmt: skip
_PART = 0.4
_HOW = (
    "two fifths of what a processor prints of its merchants, who sell online and are watched for it: all cards "
    "together come to between the four in ten thousand of the world and one in a thousand"
)
DISPUTES_REMOTE: dict[str, Figure] = {
    category: Figure(_PART * row.value, "disputes for each payment by card at a distance", year=2023,
                     source=by.CLEARLY_DISPUTES, estimate=_HOW)
    for category, row in PRINTED.items()
}  # fmt: skip
IN_PERSON_OF_REMOTE = Figure(
    0.1, "disputes of payments in person over those at a distance, for what merchants of a category sell", year=2021,
    source=by.OWN, estimate="chip and PIN shift the fault; what is left is service and processing",
)  # fmt: skip
DISPUTE_DELAY = Figure(
    21, "days from a capture to a dispute, median", year=2024, source=by.OWN,
    estimate="a statement comes within a month, and half are disputed when it does",
)  # fmt: skip
DISPUTE_LIMIT = Figure(120, "days in which a holder may dispute a payment", year=2024, source=by.VISA_RULES)
DISPUTE_LENGTH = Figure(
    40, "days from a dispute to its end, median", year=2024, source=by.VISA_RULES,
    estimate="30 days to answer, and as many for the issuer at the most",
)  # fmt: skip
_REASONS = "share of disputes, by what the holder says of the payment"
REASONS_REMOTE = Shares(
    {"fraud": 0.45, "not_received": 0.20, "not_as_described": 0.13, "credit_not_processed": 0.10, "cancelled": 0.08,
     "duplicate": 0.04},
    _REASONS, year=2025, source=by.MASTERCARD_DISPUTES,
    estimate="somewhat less than half are for fraud, as issuers report; the rest split as processors see them",
)  # fmt: skip
REASONS_IN_PERSON = Shares(
    {"not_as_described": 0.35, "credit_not_processed": 0.35, "duplicate": 0.30}, _REASONS, year=2024, source=by.OWN,
    estimate="chip and PIN shift fraud to the issuer, and goods are handed over",
)  # fmt: skip
REASON_CODES: dict[str, dict[str, str]] = {
    "visa": {"fraud": "10.4", "not_received": "13.1", "not_as_described": "13.3", "credit_not_processed": "13.6",
             "cancelled": "13.7", "duplicate": "12.6"},
    "mastercard": {"fraud": "4837", "not_received": "4853", "not_as_described": "4853",
                   "credit_not_processed": "4853", "cancelled": "4853", "duplicate": "4834"},
    "amex": {"fraud": "F29", "not_received": "C08", "not_as_described": "C31", "credit_not_processed": "C02",
             "cancelled": "C18", "duplicate": "P08"},
    "discover": {"fraud": "UA02", "not_received": "RG", "not_as_described": "RM", "credit_not_processed": "RN2",
                 "cancelled": "AP", "duplicate": "DP"},
}  # fmt: skip
"""Network → reason → its code (2025, `NETWORK_REASONS`); that of fraud where the card was absent."""
DENIED_AFTER = Range(
    20, 48, "days from a capture to the dispute of a purchase that its holder denies", year=2024, source=by.OWN,
    estimate="the statement with it comes within a month, and is looked at some days later",
)  # fmt: skip
CONTESTED = Figure(0.54, "share of disputes that are contested", year=2025, source=by.DATOS_DISPUTES)
WON = Figure(0.54, "share of contested disputes that the merchant wins, US", year=2025, source=by.DATOS_DISPUTES)
