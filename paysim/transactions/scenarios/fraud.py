"""Fraud by customers and those who pretend to be: payments that are good one by one and suspicious together."""

from .cast import Cast
from .episodes import DAY, HOUR, MINUTE, Step, episode
from .fraud_cards import CARDS


@episode(100, "customer_id", seconds=60)
def rapid_fire(cast: Cast) -> list[Step] | None:
    """A hundred payments by one customer within a minute.

    Why: A program tries out stolen cards, or empties an account before it is closed.
    Pipeline: Flag the customer within the minute. Each payment is good by itself, so its form says nothing.
    Source: Visa Acquirer Monitoring Program (2025): enumeration
    """
    customer = cast.someone()
    return [Step(role="payer", after=after, customer=customer) for after in cast.gaps(100, 200, 590)]


@episode(8, "customer_id", "amount", "original_transaction_id", methods=CARDS)
def refund_abuse(cast: Cast) -> list[Step] | None:
    """A customer buys four times within a week and gives everything back each time, within a day.

    Why: Things are worn once, or an empty box is sent back.
    Pipeline: Look at the share of a customer's payments that is refunded, over all shops, and ask before the next
    refund.
    Source: National Retail Federation (2024): returns fraud and abuse
    """
    customer, steps = cast.someone(), []
    for number, after in enumerate(cast.gaps(4, 25 * HOUR, 38 * HOUR)):
        bought = Step(
            role="purchase", after=after, customer=customer, merchant=cast.shop(customer), channel="web",
            dollars=cast.between(40.0, 400.0), goes_through=True,
        )  # fmt: skip
        back = Step(
            role="refund", after=after + cast.gap(4 * HOUR, DAY), customer=customer, merchant=bought.merchant,
            channel="web", gives_back=2 * number,
        )  # fmt: skip
        steps += [bought, back]
    return steps


@episode(20, "customer_id", "merchant_id", "amount", methods=CARDS)
def merchant_bust_out(cast: Cast) -> list[Step] | None:
    """A merchant has six small sales in four days, and then fourteen large ones within two days, each to another
    customer.

    Why: Somebody opens a shop to be trusted, sells what will never be sent, and is gone before the disputes come.
    Pipeline: Hold a merchant's money when its sales are suddenly many and large, before it is paid out.
    Source: Mastercard Security Rules and Procedures: business risk assessment and mitigation
    """
    people = cast.others(cast.someone(), 20)
    if people is None:
        return None
    shop, quiet = cast.shop(people[0]), cast.gaps(7, 10 * HOUR, 16 * HOUR)
    moments = [*quiet[:6], *(quiet[-1] + after for after in cast.gaps(14, 10 * MINUTE, 3 * HOUR))]
    return [
        Step(
            role="bust" if number >= 6 else "sale", after=after, customer=person, merchant=shop, channel="web",
            dollars=cast.between(*((300.0, 1_500.0) if number >= 6 else (8.0, 50.0))), goes_through=True,
        )
        for number, (person, after) in enumerate(zip(people, moments, strict=True))
    ]  # fmt: skip


@episode(3, "customer_id", "merchant_id", "amount", methods=("bank_transfer",))
def authorised_push_payment(cast: Cast) -> list[Step] | None:
    """A customer sends money three times within two days, each time several times as much, to somebody's account that
    they never paid before. Device and address are their own.

    Why: Somebody on the telephone pretends to be their bank, or to love them.
    Pipeline: Hold what is large for this customer and goes to a new payee, and ask. The name of the payee is a
    person's.
    Source: Payment Systems Regulator, PS23/3 (2023): authorised push payment fraud
    """
    victim = cast.someone()
    payee = cast.accounts(victim, 1)
    if payee is None:
        return None
    (_, shop, changes), moments = payee[0], cast.gaps(3, 2 * HOUR, 22 * HOUR)
    return [
        Step(
            role="victim", after=after, customer=victim, merchant=shop, channel="web",
            dollars=cast.sum(victim, *sums), goes_through=True, changes=changes,
        )
        for after, sums in zip(moments, ((150.0, 300.0), (700.0, 1_500.0), (3_000.0, 8_000.0)), strict=True)
    ]  # fmt: skip
