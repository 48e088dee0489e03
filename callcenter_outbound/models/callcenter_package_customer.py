from odoo import fields, models
from odoo.tools import SQL

from .callcenter_dial_plan import OPEN_STATES
from .notice import notice


class CallcenterPackageCustomer(models.Model):
    _name = "callcenter.package.customer"
    _description = "Customer of a Package"
    _rec_name = "partner_id"
    _check_company_auto = True
    _order = "id"

    package_id = fields.Many2one(
        "callcenter.package", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="package_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="cascade",
        index=True,
    )
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    city = fields.Char(related="partner_id.city")
    country_id = fields.Many2one(related="partner_id.country_id")

    _package_partner_uniq = models.Constraint(
        "unique(package_id, partner_id)", "This customer is in the package already."
    )

    def unlink(self):
        self._give_up_tasks(self._as_query(ordered=False))
        return super().unlink()

    def action_remove(self):
        """Take these customers out of their packages.

        Their tasks that nobody has begun go too; the others stay.

        :return: an action that tells what was done
        """
        result = self._remove(self._as_query(ordered=False))
        return self._notice_removed(*result)

    def _remove(self, query):
        """Take the customers of a query of this model out of their packages.

        :return: how many, how many tasks went with them, how many tasks stay
        """
        self.check_access("unlink")
        gone, stay = self._give_up_tasks(query)
        rows = self.env.execute_query(
            SQL(
                """
                WITH removed AS (
                    DELETE FROM callcenter_package_customer WHERE id IN %s RETURNING id
                )
                SELECT count(*) FROM removed
                """,
                query.subselect(),
            )
        )
        self.env.invalidate_all(flush=False)
        return rows[0][0], gone, stay

    def _give_up_tasks(self, query):
        """Delete the tasks that nobody has begun of the customers of a query.

        A task that an agent is busy with at this moment counts as begun.

        :return: how many tasks were deleted, how many unfinished or done ones stay
        """
        self.check_access("unlink")
        self.env.flush_all()
        tasks = SQL(
            """
            FROM callcenter_task task
            JOIN callcenter_dial_plan plan ON plan.id = task.plan_id
            JOIN callcenter_package_customer customer
              ON customer.package_id = plan.package_id
             AND customer.partner_id = task.partner_id
           WHERE customer.id IN %s AND plan.state IN %s
            """,
            query.subselect(),
            OPEN_STATES,
        )
        rows = self.env.execute_query(
            SQL(
                """
                WITH untouched AS (
                    SELECT task.id %(tasks)s AND task.status = 'untouched'
                       AND NOT EXISTS (
                               SELECT FROM callcenter_call call
                                WHERE call.task_id = task.id)
                       AND NOT EXISTS (
                               SELECT FROM callcenter_task_change change
                                WHERE change.task_id = task.id)
                       FOR UPDATE OF task SKIP LOCKED
                )
                DELETE FROM callcenter_task
                 WHERE id IN (SELECT id FROM untouched)
             RETURNING agent_id, plan_id
                """,
                tasks=tasks,
            )
        )
        [(stay,)] = self.env.execute_query(SQL("SELECT count(*) %s", tasks))
        self.env["callcenter.task"].invalidate_model(flush=False)
        self.env["callcenter.task"]._tell_agents_of(rows)
        return len(rows), stay

    def _notice_removed(self, removed, gone, stay):
        """:return: the action that tells what a removal did"""
        sentences = [self.env._("%(count)s customers removed.", count=removed)]
        if gone:
            sentences.append(
                self.env._(
                    "%(count)s tasks that nobody had begun went too.", count=gone
                )
            )
        if stay:
            sentences.append(
                self.env._(
                    "%(count)s tasks that were begun or done stay in their dial plans.",
                    count=stay,
                )
            )
        return notice(" ".join(sentences), "success" if removed else "info")
