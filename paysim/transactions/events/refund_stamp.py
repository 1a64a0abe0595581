"""The stamp of a refund, cut from the stamps of its payment and of the payment in whose place it was drawn.

Where an event begins with its stamp, and ids and times are in it as they are, each has a fixed place. A refund's
correlation id is then the same bytes as its payment's, and so is the id that it names.
"""

from dataclasses import dataclass

from .pieces import Layout, Part, Stamp, merged

_OWN, _OF_PAYMENT = 0, 1
_Cut = tuple[int, int, int | None]
"""Which of the two events, from where to where; None: to its end."""
_WIDTHS = {"transaction_id": 36, "correlation_id": 36, "transaction_timestamp": 24}
_TAKEN_FROM = {
    "transaction_id": (_OWN, "transaction_id"),
    "transaction_timestamp": (_OWN, "transaction_timestamp"),
    "correlation_id": (_OF_PAYMENT, "correlation_id"),
    "original_transaction_id": (_OF_PAYMENT, "transaction_id"),
}


@dataclass(frozen=True, slots=True)
class RefundStamp:
    """width: of a payment's stamp, in bytes. parts: of a refund's event, constant or cut."""

    width: int
    parts: tuple[bytes | _Cut, ...]

    @classmethod
    def of(cls, payment: Layout, refund: Layout) -> "RefundStamp | None":
        """None where stamps have other forms or places, or what follows differs."""
        if not (payment.stamp_first and refund.stamp_first and payment.runs == refund.runs):
            return None
        if not all(map(_is_plain, (*payment.parts[:-1], *refund.parts[:-1]))):
            return None
        places, width = {}, 0
        for part in payment.parts[:-1]:
            if isinstance(part, Stamp):
                path, quotes = part.placed.leaf.path, 0 if part.placed.inside else 2
                places[path] = width + quotes // 2, width + quotes // 2 + _WIDTHS[path]
                width += quotes + _WIDTHS[path]
            else:
                assert isinstance(part, bytes)
                width += len(part)
        parts: list[bytes | _Cut] = []
        for part in refund.parts[:-1]:
            if isinstance(part, Stamp):
                whose, path = _TAKEN_FROM[part.placed.leaf.path]
                if path not in places:
                    return None
                quote = b"" if part.placed.inside else b'"'
                parts += quote, (whose, *places[path]), quote
            else:
                assert isinstance(part, bytes)
                parts.append(part)
        return cls(width, (*merged(parts), (_OWN, width, None)))

    def of_refund(self, own: bytes, payment: bytes) -> bytes:
        """The event of a refund. own: of the payment in its place, whose stamp is right but for what is the payment's;
        payment: its payment's event, or the stamp that it begins with."""
        events = own, payment
        return b"".join(
            [part if isinstance(part, bytes) else events[part[0]][part[1] : part[2]] for part in self.parts]
        )


def _is_plain(part: Part) -> bool:
    if not isinstance(part, Stamp):
        return isinstance(part, bytes)
    placed, leaf = part.placed, part.placed.leaf
    return placed.is_json and not leaf.expression.filters and leaf.values is None
