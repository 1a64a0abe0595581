"""What a configuration comes to where it says `auto`: the margins of the joint table, and statuses by the facts."""

from paysim.config.mix import FACTS, Facts, Mix
from paysim.config.schema import Transaction
from paysim.contract.codes import CHANNELS, MERCHANT_CATEGORIES
from paysim.facts import declines, purchases, refunds
from paysim.transactions.behaviour.mix.joint_table import CATEGORY, CHANNEL, METHOD, JointTable, joint_table
from paysim.transactions.methods.base import METHODS
from paysim.transactions.randomness import by_name

_DIGITAL = "entertainment"  # the category of games and media by download


def decline_rate(channel: str, category: str) -> float:
    """The share of payments on a channel, for what merchants of a category sell, that are declined."""
    if channel == "pos":
        return declines.RATE_IN_PERSON.value
    return declines.RATE_ONLINE_DIGITAL.value if category == _DIGITAL else declines.RATE_ONLINE_PHYSICAL.middle


def usual_statuses(table: JointTable) -> dict[str, float]:
    """Statuses of all transactions, refunds among them, by what is bought where."""
    bought = table.margin(CHANNEL, CATEGORY)
    failed = refunded = 0.0
    for row, channel in zip(bought.tolist(), CHANNELS, strict=True):
        for share, category in zip(row, MERCHANT_CATEGORIES, strict=True):
            failed += share * decline_rate(channel, category)
            refunded += share * refunds.BY_CATEGORY[category].value
    pending, cancelled = purchases.PENDING.value, purchases.CANCELLED.value
    payments = {"completed": 1 - failed - pending - cancelled, "failed": failed, "pending": pending}
    payments["cancelled"] = cancelled
    refunded *= payments["completed"]
    return {name: share / (1 + refunded) for name, share in {**payments, "refunded": refunded}.items()}


class PublishedFacts(Facts):
    name = "paysim.facts"

    def mix(self, transaction: Transaction) -> Mix:
        table, patterns = joint_table(transaction), transaction.patterns
        margins = [
            dict(zip(names, table.margin(axis).tolist(), strict=True))
            for axis, names in ((METHOD, METHODS.names), (CHANNEL, CHANNELS), (CATEGORY, MERCHANT_CATEGORIES))
        ]
        said = (patterns.payment_methods, patterns.channels, patterns.merchant_categories)
        found = [
            {name: share for name, share in margin.items() if share > 0} if given == "auto" else by_name(given)
            for given, margin in zip(said, margins, strict=True)
        ]
        statuses = patterns.payment_status
        return Mix(
            methods=found[0],
            statuses=usual_statuses(table) if statuses == "auto" else by_name(statuses),
            channels=found[1],
            categories=found[2],
        )


FACTS.add(PublishedFacts())
