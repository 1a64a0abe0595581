"""Fraud with cards of others: what is tried, and what is taken where it works."""

import numpy as np

from paysim.contract.labels import SCENARIOS
from paysim.transactions.lifecycle.fates import DENIED
from paysim.transactions.randomness import BASE32

from .cast import Cast
from .episodes import DAY, HOUR, MINUTE, SECOND, Step, episode
from .follow_ups import OtherFate

CARDS = ("credit_card", "debit_card")
_TESTS, _GUESSES, _VALID = 19, 30, (4, 2)
_REFUSED = ("51", "51", "05", "54", "59", "62")
_WRONG_NUMBER = ("14", "14", "14", "05", "54")


@episode(_TESTS + 1, "customer_id", "merchant_id", "amount", "metadata.ip_address", methods=CARDS)
def card_testing(cast: Cast) -> list[Step] | None:
    """Nineteen cards of as many people are tried at one merchant from one device, for small sums. Most are declined.
    One that works pays a large sum elsewhere within the hour.

    Why: Who has bought a list of stolen cards finds out which of them still work, where nobody looks.
    Pipeline: Stop the device and the address once several people's cards come from it, and warn of those that worked.
    Source: Visa Acquirer Monitoring Program (2025): enumeration
    """
    thief, victims = cast.someone(), list(dict.fromkeys(cast.people(4 * _TESTS)))
    victims = [victim for victim in victims if victim != thief][:_TESTS]
    if len(victims) < _TESTS:
        return None
    shop, moments = cast.shop(thief), cast.gaps(_TESTS, 3 * SECOND, 40 * SECOND)
    working = sorted(cast.rng.permutation(_TESTS)[: _VALID[0]].tolist())
    steps = [
        Step(
            role="test", after=after, customer=victim, operator=thief, merchant=shop, channel="web",
            dollars=cast.between(0.5, 4.0), goes_through=number in working, code=cast.one_of(_REFUSED),
        )
        for number, (victim, after) in enumerate(zip(victims, moments, strict=True))
    ]  # fmt: skip
    last = Step(
        role="cash_out", after=moments[-1] + cast.gap(5 * MINUTE, 50 * MINUTE),
        customer=victims[cast.one_of(working)], operator=thief, merchant=cast.shop(thief), channel="web",
        dollars=cast.between(250.0, 1_200.0), goes_through=True,
    )  # fmt: skip
    return [*steps, last]


@episode(_GUESSES, "customer_id", "payment_details.last4", "payment_details.token", methods=CARDS)
def bin_attack(cast: Cast) -> list[Step] | None:
    """One customer tries thirty cards of one issuer within two minutes, whose numbers follow one another, all for the
    same sum at one merchant. Nearly all are declined, because there is no such card.

    Why: Card numbers of an issuer (a BIN) are few enough to be guessed by a program.
    Pipeline: Stop the customer, and tell the issuer which range it is.
    Source: Visa Acquirer Monitoring Program (2025): enumeration
    """
    thief = cast.someone()
    shop, sum_ = cast.shop(thief), cast.between(0.8, 6.0)
    first, valid = int(cast.rng.integers(1_000)), set(cast.rng.permutation(_GUESSES)[: _VALID[1]].tolist())
    return [
        Step(
            role="guess", after=after, customer=thief, merchant=shop, channel="web", dollars=sum_,
            goes_through=number in valid, code=cast.one_of(_WRONG_NUMBER),
            changes={
                # The last of a number's four last digits checks the others, the account goes up by one.
                "payment_details.last4": f"{(first + number) % 1_000:03d}{int(cast.rng.integers(10))}",
                "payment_details.token": _token(cast.rng),
            },
        )
        for number, after in enumerate(cast.gaps(_GUESSES, 0.5 * SECOND, 4 * SECOND))
    ]  # fmt: skip


def _token(rng: np.random.Generator) -> str:
    """Of a card that nobody has: as the others are, every tenth character a letter."""
    digits = rng.integers(0, 32, 24)
    digits[9::10] %= 26
    return "tok_" + "".join(BASE32[digit] for digit in digits.tolist())


@episode(5, "customer_id", "amount", "metadata.ip_address", "metadata.user_agent", methods=CARDS)
def account_takeover(cast: Cast) -> list[Step] | None:
    """A customer pays twice as usual. Hours later the same card pays from another device and address in another
    country: a small sum, and then two large ones within the hour.

    Why: Somebody has the customer's password, looks whether the card is still good, and empties it.
    Pipeline: Ask for more proof when device and address change together, and stop the large sum that follows a small
    one.
    Source: FBI Internet Crime Report 2023: account takeover
    """
    owner = cast.someone()
    thief = cast.elsewhere(owner)
    if thief is None:
        return None
    second = cast.gap(6 * HOUR, 3 * DAY)
    probe = second + cast.gap(2 * HOUR, DAY)
    large = probe + cast.gap(3 * MINUTE, 25 * MINUTE)
    own = [
        Step(role="owner", after=after, customer=owner, channel="web", dollars=cast.between(10, 120), goes_through=True)
        for after in (0, second)
    ]
    stolen = [
        Step(
            role=role, after=after, customer=owner, operator=thief, merchant=cast.shop(owner), channel="web",
            dollars=cast.between(*sums), goes_through=True,
        )
        for role, after, sums in (
            ("probe", probe, (3.0, 20.0)),
            ("theft", large, (400.0, 1_500.0)),
            ("theft", large + cast.gap(2 * MINUTE, 25 * MINUTE), (400.0, 2_000.0)),
        )
    ]  # fmt: skip
    return [*own, *stolen]


@episode(2, "customer_id", "location.latitude", "location.longitude", methods=("credit_card",))
def impossible_travel(cast: Cast) -> list[Step] | None:
    """A card pays at a terminal at home, and within the hour at another one more than 2,000 km away.

    Why: The card was copied: its stripe, or what a terminal read from it.
    Pipeline: Decline the second, or ask for proof: no aeroplane is that fast.
    Source: EMVCo: magnetic stripe data of a chip card can be copied
    """
    owner = cast.someone()
    abroad = cast.shop_far_away(owner, 2_000.0)
    home = cast.shop_with_a_terminal(owner)
    if abroad is None or home is None:
        return None
    return [
        Step(role="here", after=0, customer=owner, merchant=home, channel="pos", goes_through=True),
        Step(role="there", after=cast.gap(15 * MINUTE, 55 * MINUTE), customer=owner, merchant=abroad, channel="pos"),
    ]


SCENARIOS.add(
    OtherFate(
        name=DENIED,
        about="A customer buys something at a distance, from their own device; it is captured and settled. Three to "
        "seven weeks later, when the statement has come, they dispute all of it and say that it was fraud.",
        why="Somebody wants what they bought and the money too, or asked for a refund and was refused, or does not "
        "know the merchant's name on the statement. It is called first-party misuse as well.",
        pipeline="Take both, and contest the dispute: the same device, address and account have paid before and after, "
        "and nobody disputed that. Count disputes by customer.",
        source="Visa, Compelling Evidence 3.0 (2023), for its reason 10.4; Mastercard's is 4837",
        length=2,
        needs=("customer_id", "original_transaction_id", "transaction_type", "payment_details.dispute_reason"),
        good_alone=True,
        fate="denied",
        methods=CARDS,
        days=60,
    )
)
