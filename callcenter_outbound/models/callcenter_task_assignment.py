from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .callcenter_task import UNFINISHED

#: Tasks that an agent is busy with: a call is on, or its contact record is being
#: written.
BUSY = SQL(
    """
    EXISTS (
        SELECT FROM callcenter_call call
         WHERE call.task_id = task.id AND call.kind = 'main'
           AND call.state <> 'ended')
    OR EXISTS (
        SELECT FROM callcenter_agent_status status
          JOIN callcenter_call call ON call.id = status.wrap_up_call_id
         WHERE call.task_id = task.id)
    """
)


class CallcenterTask(models.Model):
    """Who calls whom: tasks go from the pool to agents, between them, and back."""

    _inherit = "callcenter.task"

    @api.model
    def _count_unfinished(self, plan):
        """:return: dict: how many unfinished tasks of a dial plan each agent has; the
        pool is the empty recordset
        """
        return dict(
            self._read_group(
                [("plan_id", "=", plan.id), ("status", "in", UNFINISHED)],
                ["agent_id"],
                ["__count"],
            )
        )

    @api.model
    def _count_movable(self, domain):
        """:return: how many tasks the user finds that can be handed over, and how many
        that can't because an agent is busy with them
        """
        self.env.flush_all()
        [(movable, busy)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FILTER (WHERE NOT task.busy),
                       count(*) FILTER (WHERE task.busy)
                  FROM (
                      SELECT %s AS busy FROM callcenter_task task WHERE id IN %s
                  ) AS task
                """,
                BUSY,
                self._unfinished(domain).subselect(),
            )
        )
        return movable, busy

    @api.model
    def _unfinished(self, domain):
        return self._search(Domain(domain) & Domain("status", "in", UNFINISHED))

    @api.model
    def _hand_over(self, domain, quotas):
        """Give unfinished tasks that the user finds to agents, in one statement.

        Untouched tasks come first. They are dealt like cards, so that each agent gets
        some of every part of the list. What an agent is busy with at this moment, or
        somebody else hands over, stays where it is.

        :param domain: on tasks
        :param quotas: list of pairs: id of an agent or None for the pool, how many
        :return: dict: how many tasks each of ``quotas`` got, by id of the agent
        """
        quotas = [(agent_id, number) for agent_id, number in quotas if number > 0]
        if not quotas:
            return {}
        self.check_access("write")
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH quota (place, agent_id, number) AS (VALUES %(quotas)s),
                card AS (
                    SELECT agent_id,
                           row_number() OVER (
                               ORDER BY (turn - 0.5) / number, place
                           ) AS position
                      FROM quota, generate_series(1, number) AS turn
                ),
                free AS (
                    SELECT id, agent_id, status
                      FROM callcenter_task task
                     WHERE id IN %(tasks)s AND NOT (%(busy)s)
                     ORDER BY status <> 'untouched', id
                     LIMIT %(limit)s
                       FOR UPDATE SKIP LOCKED
                ),
                dealt AS (
                    SELECT id, agent_id,
                           row_number() OVER (
                               ORDER BY status <> 'untouched', id
                           ) AS position
                      FROM free
                ),
                moved AS (
                    UPDATE callcenter_task task
                       SET agent_id = card.agent_id,
                           write_uid = %(uid)s,
                           write_date = %(now)s
                      FROM dealt
                      JOIN card ON card.position = dealt.position
                     WHERE task.id = dealt.id
                 RETURNING task.plan_id,
                           dealt.agent_id AS old_agent_id,
                           task.agent_id AS new_agent_id
                )
                SELECT plan_id, old_agent_id, new_agent_id, count(*)
                  FROM moved
                 GROUP BY plan_id, old_agent_id, new_agent_id
                """,
                quotas=SQL(", ").join(
                    SQL("(%s, %s::int4, %s)", place, agent_id, number)
                    for place, (agent_id, number) in enumerate(quotas)
                ),
                tasks=self._unfinished(domain).subselect(),
                busy=BUSY,
                limit=sum(number for __, number in quotas),
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.invalidate_model(["agent_id", "write_uid", "write_date"], flush=False)
        self.env["callcenter.dial.plan"].invalidate_model(flush=False)
        handed = {agent_id: 0 for agent_id, __ in quotas}
        concerned = []
        for plan_id, old_id, new_id, count in rows:
            handed[new_id] += count
            concerned += [(old_id, plan_id), (new_id, plan_id)]
        self._tell_agents_of(concerned)
        return handed
