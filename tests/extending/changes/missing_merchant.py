"""A scenario: a function in paysim/transactions/scenarios/data.py, or a file of its own beside it."""

from paysim.transactions.scenarios.base import EditCase, field_edit


@field_edit("merchant_id")
def missing_merchant_id(case: EditCase) -> None:
    """There is no merchant_id."""
    del case.document["merchant_id"]
