from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class StatisticsController(http.Controller):
    @http.route(
        "/callcenter_outbound/statistics/xlsx",
        type="http",
        auth="user",
        readonly=True,
    )
    def statistics(self, date_from=None, date_to=None, by="total", **filters):
        """Give the statistics as an XLSX file.

        :param filters: ``plan_ids``, ``group_ids`` and ``agent_ids``, each with ids
            separated by commas; the others are as those of `figures`
        :raise AccessError: unless the user is supervisor or manager
        :raise UserError: naming what is wrong with a parameter
        """
        chosen = {
            name: _parse_ids(filters.get(name))
            for name in ("plan_ids", "group_ids", "agent_ids")
        }
        statistics = request.env["callcenter.statistics"]
        data = statistics._export(date_from, date_to, by, chosen)
        name = f"{request.env._('Outbound Statistics')} {date_from} {date_to}.xlsx"
        return request.make_response(
            data,
            [
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
            ],
        )


def _parse_ids(text):
    """:return: list of the ids in a text like ``3,17``"""
    try:
        return [int(part) for part in (text or "").split(",") if part]
    except ValueError as error:
        raise UserError(
            request.env._("Plans, groups and agents are chosen by their ids.")
        ) from error
