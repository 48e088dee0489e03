"""What each figure of the statistics is called, means, and is made of: once, here."""

from dataclasses import dataclass

from odoo.tools import SQL, LazyTranslate

_lt = LazyTranslate(__name__)


@dataclass(frozen=True)
class Figure:
    """One figure of a row.

    :param kind: ``count``, ``duration`` (seconds) or ``rate`` (a fraction)
    :param aggregate: over the row's customers as ``CUSTOMERS`` has them
    :param rate: names of the figures that a rate is made of: part, whole
    :param is_column: whether it is a column of the page and of the XLSX file
    """

    name: str
    label: object
    help: object
    kind: str = "count"
    aggregate: SQL | None = None
    rate: tuple[str, str] | None = None
    is_column: bool = True


#: One line for each customer of a row: what its calls come to. ``call`` has a line for
#: each call, as ``callcenter.statistics`` selects them.
CUSTOMERS = SQL(
    """
    SELECT key, partner_id,
           COUNT(*) AS dials,
           COUNT(*) FILTER (WHERE answered) AS answered,
           COUNT(*) FILTER (WHERE unsaved) AS unsaved,
           COUNT(*) FILTER (WHERE unsaved AND answered) AS unsaved_answered,
           SUM(total_seconds) AS total_seconds,
           SUM(talk_seconds) AS talk_seconds,
           BOOL_OR(passed) AS passed,
           (ARRAY_AGG(record_id ORDER BY saved_at DESC NULLS LAST, record_id DESC)
                FILTER (WHERE saved))[1] AS last_record_id,
           (ARRAY_AGG(status ORDER BY saved_at DESC NULLS LAST, record_id DESC)
                FILTER (WHERE saved))[1] AS last_status
      FROM call
     GROUP BY key, partner_id
    """
)
#: Which of a row's customers a figure counts, where it counts not all of them.
COUNTED_CUSTOMERS = {
    "data_volume": SQL("TRUE"),
    "reached": SQL("answered > 0"),
    "follow_up": SQL("last_status = 'follow_up'"),
    "done": SQL("last_status IN ('done_success', 'done_mismatch', 'done_failed')"),
    "done_success": SQL("last_status = 'done_success'"),
    "passed": SQL("passed"),
}


def _customers(name):
    return SQL("COUNT(*) FILTER (WHERE %s)", COUNTED_CUSTOMERS[name])


#: All figures but the dial results, in the order of the columns.
FIGURES = (
    Figure(
        "data_volume",
        _lt("Data volume"),
        _lt(
            "Customers who were dialled. Each is counted once in a row, however often "
            "called, so that a total is not the sum of its rows."
        ),
        aggregate=_customers("data_volume"),
    ),
    Figure(
        "unsaved",
        _lt("Not saved"),
        _lt("Ended calls of which the agent has not saved the contact record."),
        aggregate=SQL("SUM(unsaved)::bigint"),
    ),
    Figure(
        "dials",
        _lt("Calls made"),
        _lt(
            "Calls in which the customer was dialled. Attempts that never reached the "
            "carrier are not counted."
        ),
        aggregate=SQL("SUM(dials)::bigint"),
    ),
    Figure(
        "reached",
        _lt("Customers reached"),
        _lt("Customers who answered at least one call."),
        aggregate=_customers("reached"),
        is_column=False,
    ),
    Figure(
        "answered",
        _lt("Calls answered"),
        _lt("Calls that were answered, also by a machine or a fax."),
        aggregate=SQL("SUM(answered)::bigint"),
        is_column=False,
    ),
    Figure(
        "contact_rate",
        _lt("Contact rate"),
        _lt("Customers reached / data volume."),
        "rate",
        rate=("reached", "data_volume"),
    ),
    Figure(
        "answer_rate",
        _lt("Answer rate"),
        _lt("Calls answered / calls made."),
        "rate",
        rate=("answered", "dials"),
    ),
    Figure(
        "total_seconds",
        _lt("Total time"),
        _lt("From dialing the customer to the end of the call, all calls together."),
        "duration",
        aggregate=SQL("SUM(total_seconds)::float"),
    ),
    Figure(
        "talk_seconds",
        _lt("Talk time"),
        _lt("From the customer's answer to hang-up, all calls together."),
        "duration",
        aggregate=SQL("SUM(talk_seconds)::float"),
    ),
    Figure(
        "follow_up",
        _lt("Follow up"),
        _lt(
            "Customers whose handling status is “Follow up” in the contact record that "
            "was saved last for the row's calls."
        ),
        aggregate=_customers("follow_up"),
    ),
    Figure(
        "done",
        _lt("Done"),
        _lt(
            "Customers who are done, with success, with mismatching data or without "
            "success, in the contact record that was saved last for the row's calls."
        ),
        aggregate=_customers("done"),
    ),
    Figure(
        "done_success",
        _lt("Done (success)"),
        _lt(
            "Customers who are done with success in the contact record that was saved "
            "last for the row's calls."
        ),
        aggregate=_customers("done_success"),
        is_column=False,
    ),
    Figure(
        "passed",
        _lt("Passed"),
        _lt("Customers of whom one of the row's calls passed the inspection."),
        aggregate=_customers("passed"),
    ),
    Figure(
        "effective_contact_rate",
        _lt("Effective contact rate"),
        _lt("Customers done with success / data volume."),
        "rate",
        rate=("done_success", "data_volume"),
    ),
)
#: What the chart needs beyond them.
UNSAVED_ANSWERED = SQL("SUM(unsaved_answered)::bigint")
#: The columns of the dial results stand before this one.
RESULTS_BEFORE = "unsaved"
RESULT_HELP = {
    "answered": _lt("Answered calls whose contact record was saved with this result."),
    "unanswered": _lt(
        "Unanswered calls whose contact record was saved with this result."
    ),
}
