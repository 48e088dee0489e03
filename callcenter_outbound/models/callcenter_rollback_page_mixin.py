from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

from .callcenter_task import SEARCH_LIMIT
from .callcenter_task_change import KINDS, STATUSES, TO_DECIDE
from .contact_values import ContactTexts, ids_in, is_same
from .event_clock import to_iso
from .use_case import use_case_context

MANAGER_GROUP = "callcenter_outbound.callcenter_outbound_group_manager"
#: How many customers a page of the list has.
PAGE_CUSTOMERS = 40
#: How many runs the history shows.
PAGE_RUNS = 20
#: Which customers -> SQL condition on their counts.
FILTERS = {
    "all": SQL("true"),
    "decide": SQL("n_decide > 0"),
    "accepted": SQL("n_accepted > 0"),
    "done": SQL("n_done > 0"),
}


class CallcenterRollbackPageMixin(models.AbstractModel):
    """What the manager's page shows of a plan's changes. Managers alone read it."""

    _name = "callcenter.rollback.page.mixin"
    _description = "Rollback: Page"

    def _as_manager(self):
        """:return: the model of the runs, with a context that does no harm
        :raise AccessError: unless the user is a manager
        """
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._("Only managers carry changes back to the contacts.")
            )
        env = self.env(context=use_case_context(self.env))
        return env["callcenter.rollback"]

    # What is asked for -------------------------------------------------------------

    def _plan(self, plan_id):
        return self._found("callcenter.dial.plan", plan_id)

    def _task(self, task_id):
        return self._found("callcenter.task", task_id)

    def _change(self, change_id):
        return self._found("callcenter.task.change", change_id)

    def _run(self, run_id):
        # sudo: callcenter.rollback: found with the manager's own rights
        return self._found("callcenter.rollback", run_id).sudo()

    def _found(self, model, id_):
        """:return: the record of this id, of those that the user can find"""
        record = self.env[model].browse()
        if isinstance(id_, int) and not isinstance(id_, bool):
            everything = self.env[model].with_context(active_test=False)
            record = everything.search([("id", "=", id_)]).with_env(self.env)
        if not record:
            raise UserError(self.env._("This is there no more: reload the page."))
        return record

    def _kind(self, kind):
        return kind if isinstance(kind, str) and kind in KINDS else "all"

    def _compared(self, where, kind):
        return self.env["callcenter.task.change"]._compared(where, kind)

    def _rows(self, where, kind="all", *conditions):
        """:return: list of dicts, see ``_compared`` of the change"""
        names = ("id", "task_id", "partner_id", "held", "status", "problem")
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM (%s) compared WHERE %s ORDER BY task_id, id",
                SQL(", ").join(map(SQL.identifier, names)),
                self._compared(where, kind),
                SQL(" AND ").join((SQL("true"), *conditions)),
            )
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _count(self, where, kind, condition):
        [[count]] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM (%s) compared WHERE %s",
                self._compared(where, kind),
                condition,
            )
        )
        return count

    # The page ----------------------------------------------------------------------

    @api.model
    def action_read_plans(self):
        """The dial plans with changes, the latest first.

        :return: list of ``id``, ``name`` and ``changes`` (not carried back yet)
        :raise AccessError: unless the user is a manager
        """
        manager = self._as_manager().with_context(active_test=False)
        changes = manager.env["callcenter.task.change"]
        waiting = dict(
            changes._read_group([("state", "=", "staged")], ["plan_id"], ["__count"])
        )
        plans = changes._read_group([], ["plan_id"], order="plan_id desc")
        return [
            {"id": plan.id, "name": plan.name, "changes": waiting.get(plan, 0)}
            for (plan,) in plans
        ]

    @api.model
    def action_read_rollback(self, plan_id, kind="all"):
        """How a plan's changes stand.

        :param kind: ``person`` or ``company``, for those alone; ``all``
        :return: dict of ``id``, ``name``, ``customers``, ``changes``, ``counts`` (dict
            of a status of a change to a number; see ``STATUSES``) and ``runs`` (the
            latest: ``id``, ``at``, ``user``, ``changes``, ``customers``, ``undone``)
        :raise UserError: when there is no such plan
        :raise AccessError: unless the user is a manager
        """
        manager = self._as_manager()
        plan = manager._plan(plan_id)
        compared = manager._compared(of_plan(plan), manager._kind(kind))
        counts = dict.fromkeys(STATUSES, 0)
        customers = 0
        for status, count, total in manager.env.execute_query(
            SQL(
                "WITH all_of AS (%s) SELECT status, count(*),"
                " (SELECT count(DISTINCT task_id) FROM all_of)"
                " FROM all_of GROUP BY status",
                compared,
            )
        ):
            counts[status] = count
            customers = total
        return {
            "id": plan.id,
            "name": plan.name,
            "customers": customers,
            "changes": sum(counts.values()),
            "counts": counts,
            "runs": manager._run_values(plan),
        }

    def _run_values(self, plan):
        runs = self.search([("plan_id", "=", plan.id)], limit=PAGE_RUNS)
        return [
            {
                "id": run.id,
                "at": to_iso(run.at),
                "user": run.user_id.name,
                "changes": run.change_count,
                "customers": run.customer_count,
                "undone": run.undone_count,
            }
            for run in runs
        ]

    @api.model
    def action_read_customers(
        self, plan_id, kind="all", shown="all", term="", offset=0
    ):
        """A page of the customers with changes, by name.

        :param kind: ``person`` or ``company``, for those alone; ``all``
        :param shown: ``decide``, ``accepted`` or ``done``, for those with such
            changes alone; ``all``
        :param term: what the contact's name has
        :param offset: how many to pass over
        :return: dict of ``count`` (of all that match) and ``customers`` (at most
            :data:`PAGE_CUSTOMERS`): list of ``id`` (of the task), ``name``,
            ``is_company``, ``changes``, ``conflicts`` and ``status`` (``decide``,
            ``accepted``, ``done``, ``undone``, ``rejected`` or ``same``)
        :raise UserError: when there is no such plan
        :raise AccessError: unless the user is a manager
        """
        manager = self._as_manager()
        plan = manager._plan(plan_id)
        compared = manager._compared(of_plan(plan), manager._kind(kind))
        term = term if isinstance(term, str) else ""
        offset = offset if isinstance(offset, int) else 0
        rows = manager.env.execute_query(
            SQL(
                """
                SELECT task_id, contact.id, changes, conflicts, n_decide, n_accepted,
                       n_done, n_undone, n_rejected, count(*) OVER ()
                  FROM (SELECT task_id, partner_id, count(*) AS changes,
                               %(conflicts)s AS conflicts, %(decide)s AS n_decide,
                               %(accepted)s AS n_accepted, %(done)s AS n_done,
                               %(undone)s AS n_undone, %(rejected)s AS n_rejected
                          FROM (%(compared)s) compared
                      GROUP BY task_id, partner_id) customer
                  JOIN res_partner contact ON contact.id = customer.partner_id
                 WHERE %(shown)s AND contact.complete_name ILIKE %(term)s
              ORDER BY contact.complete_name, task_id
                 LIMIT %(limit)s OFFSET %(offset)s
                """,
                conflicts=counted(["conflict"]),
                decide=counted(TO_DECIDE),
                accepted=counted(["accepted"]),
                done=counted(["done"]),
                undone=counted(["undone"]),
                rejected=counted(["rejected"]),
                compared=compared,
                shown=FILTERS.get(str(shown), FILTERS["all"]),
                term=f"%{escape_psql(term)}%",
                limit=PAGE_CUSTOMERS,
                offset=max(0, offset),
            )
        )
        return {
            "count": rows[0][-1] if rows else 0,
            "customers": manager._customer_rows(rows),
        }

    def _customer_rows(self, rows):
        partners = self.env["res.partner"].browse(row[1] for row in rows)
        statuses = ("decide", "accepted", "done", "undone", "rejected")
        return [
            {
                "id": row[0],
                "name": partner.display_name or "",
                "is_company": partner.is_company,
                "changes": row[2],
                "conflicts": row[3],
                "status": next(
                    (
                        status
                        for status, count in zip(statuses, row[4:9], strict=True)
                        if count
                    ),
                    "same",
                ),
            }
            for row, partner in zip(rows, partners, strict=True)
        ]

    # One customer ------------------------------------------------------------------

    @api.model
    def action_read_customer(self, task_id):
        """A customer's changes, three ways.

        :return: dict of ``id`` (of the task), ``partner_id``, ``name``, ``agent``,
            ``call`` (the agent's latest: ``id``, ``at``, ``has_recording``; or false)
            and ``changes``: list of ``id``, ``name``, ``label``, ``type``, ``status``,
            ``old``, ``new``, ``now``, ``other`` (texts; the last false but where the
            manager chose a value), ``tags`` (false, or dict of ``kept``, ``given``,
            ``taken``: names), ``reason`` (why it can't be carried back, or was not),
            ``seen`` (to send with a decision), ``changed_by``, ``changed_at`` (of the
            contact, where it is another value now), ``carried_by``, ``carried_at``,
            ``value`` and ``selection`` (to start another value from)
        :raise UserError: when there is no such customer
        :raise AccessError: unless the user is a manager
        """
        manager = self._as_manager()
        task = manager._task(task_id)
        rows = manager._rows(SQL("change.task_id = %s", task.id))
        changes = manager.env["callcenter.task.change"].browse(
            row["id"] for row in rows
        )
        texts = ContactTexts(
            manager.env,
            [
                (change.name, value)
                for change, row in zip(changes, rows, strict=True)
                for value in (
                    change.old_value,
                    change.new_value,
                    change.other_value,
                    row["held"],
                )
            ],
        )
        authors = manager._authors(task.partner_id, changes.mapped("name"))
        described = manager.env["res.partner"].fields_get(
            changes.mapped("name"), ["string", "selection"]
        )
        last = changes.sorted("write_date")[-1:]
        return {
            "id": task.id,
            "partner_id": task.partner_id.id,
            "name": task.partner_id.display_name or "",
            "agent": last.agent_id.name or "",
            "call": manager._call_values(task, last.agent_id),
            "changes": [
                manager._change_values(change, row, texts, authors, described)
                for change, row in zip(changes, rows, strict=True)
            ],
        }

    def _change_values(self, change, row, texts, authors, described):
        name, held, status = change.name, row["held"], row["status"]
        field = self.env["res.partner"]._fields.get(name)
        about = described.get(name, {})
        moved = status == "conflict"
        author, at = authors.get(name, authors[False]) if moved else ("", False)
        line = change.rollback_line_id if change.state != "staged" else False
        is_set = bool(field) and field.type == "many2many"
        return {
            "id": change.id,
            "name": name,
            "label": about.get("string", name),
            "type": field.type if field else "char",
            "status": status,
            "old": texts.text(name, change.old_value),
            "new": texts.text(name, change.new_value),
            "now": texts.text(name, held),
            "is_unchanged": is_same(held, change.old_value),
            "other": change.has_other and texts.text(name, change.other_value),
            "tags": is_set and self._tag_values(change, texts),
            "reason": self._reason(change, row, line),
            "seen": held or False,
            "changed_by": author,
            "changed_at": at,
            "carried_by": line.run_id.user_id.name if line else "",
            "carried_at": to_iso(line.run_id.at) if line else False,
            "value": self._edit_value(field, held, texts),
            "selection": [list(one) for one in about.get("selection") or ()] or False,
        }

    def _edit_value(self, field, held, texts):
        """:return: a value as inputs take it: records with their names"""
        if not field or not field.relational:
            return held or False
        named = list(
            map(list, zip(ids_in(held), texts.names(field.name, held), strict=True))
        )
        return named if field.type == "many2many" else named[0] if named else False

    def _tag_values(self, change, texts):
        old, new = set(change.old_value or ()), set(change.new_value or ())
        return {
            key: texts.names(change.name, sorted(ids))
            for key, ids in (
                ("kept", old & new),
                ("given", new - old),
                ("taken", old - new),
            )
        }

    def _reason(self, change, row, line):
        if row["status"] == "problem":
            return self._explain(row["problem"])
        if row["status"] == "refused":
            return change.refusal
        return (line and line.undo_refusal) or ""

    def _explain(self, problem):
        return {
            "field": self.env._("Contacts have no such field any more."),
            "archived": self.env._("The contact is archived."),
            "target": self.env._("What the agent chose was deleted."),
            "choice": self.env._("This choice is there no more."),
        }[problem]

    def _call_values(self, task, agent):
        call = self.env["callcenter.call"].search(
            [
                ("task_id", "=", task.id),
                ("agent_id", "=", agent.id),
                ("kind", "=", "main"),
            ],
            order="id desc",
            limit=1,
        )
        if not call:
            return False
        return {
            "id": call.id,
            "at": to_iso(call.dialed_at or call.requested_at),
            "has_recording": bool(call.recording_attachment_id),
        }

    def _authors(self, partner, names):
        """Who changed a contact last: these fields as its chatter tracks them.

        :return: dict of field name -> (name of a user, when); ``False``: the contact
        """
        authors = {False: (partner.write_uid.name or "", to_iso(partner.write_date))}
        if self.env["callcenter.rollback.line"].search_count(
            [("partner_id", "=", partner.id), ("write_date", ">=", partner.write_date)],
            limit=1,
        ):
            # A rollback wrote last, of other fields: who was it before isn't known.
            authors[False] = ("", False)
        # sudo: mail.tracking.value, mail.message: of a contact that managers read
        values = (
            self.env["mail.tracking.value"]
            .sudo()
            .search(
                [
                    ("mail_message_id.model", "=", "res.partner"),
                    ("mail_message_id.res_id", "=", partner.id),
                    ("field_id.name", "in", names),
                ],
                order="id",
            )
        )
        for value in values:
            message = value.mail_message_id
            authors[value.field_id.name] = (
                message.author_id.name or "",
                to_iso(message.date),
            )
        return authors

    @api.model
    def action_search_value(self, change_id, term=""):
        """Search what a change's field could be instead.

        :return: list of ``[id, name]``, at most ``SEARCH_LIMIT``
        :raise UserError: when the field leads to no records
        :raise AccessError: unless the user is a manager
        """
        manager = self._as_manager()
        change = manager._change(change_id)
        field = manager.env["res.partner"]._fields.get(change.name)
        if field is None or not field.relational:
            raise UserError(self.env._("“%(field)s” has no list.", field=change.label))
        found = manager.env[field.comodel_name].name_search(
            str(term or ""), limit=SEARCH_LIMIT
        )
        return [list(item) for item in found]


def of_plan(plan):
    """:return: SQL condition: a plan's changes"""
    return SQL("change.plan_id = %s", plan.id)


def counted(statuses):
    """:return: SQL of how many rows of a group have one of these statuses"""
    return SQL("count(*) FILTER (WHERE status = ANY(%s))", list(statuses))
