"""A scenario: a function in paysim/transactions/scenarios/data.py, or a file of its own beside it."""

from paysim.transactions.scenarios.base import EditCase, field_edit


@field_edit("merchant_id")
def missing_merchant_id(case: EditCase) -> None:
    """There is no merchant_id.

    Why: A market place knows the seller and forgets to say who.
    Pipeline: Reject it: nobody can be paid.
    """
    del case.document["merchant_id"]
