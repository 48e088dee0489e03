from markupsafe import Markup
from psycopg2 import DataError, IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from . import contact_fields
from .callcenter_rollback_page_mixin import of_plan
from .callcenter_task_change import TO_DECIDE, UNDECIDED
from .contact_values import ContactTexts, is_same

#: How many customers a call carries back or undoes: each call is a transaction.
BATCH = 100
#: What can be decided of a change.
DECISIONS = ("pending", "accepted", "rejected", "other")
#: The first key of the advisory lock of a plan's rollback; the second is the plan.
LOCK_KEY = 0x0CC0_0B4C


class CallcenterRollback(models.Model):
    """A run: changes of a dial plan carried back to the contacts, by one manager."""

    _name = "callcenter.rollback"
    _description = "Rollback"
    _inherit = ["callcenter.rollback.page.mixin"]
    _order = "id desc"
    _rec_name = "at"

    plan_id = fields.Many2one(
        "callcenter.dial.plan",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    user_id = fields.Many2one("res.users", required=True, readonly=True)
    at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    line_ids = fields.One2many("callcenter.rollback.line", "run_id", readonly=True)
    change_count = fields.Integer(string="Changes", compute="_compute_counts")
    customer_count = fields.Integer(string="Customers", compute="_compute_counts")
    undone_count = fields.Integer(string="Undone", compute="_compute_counts")
    undone_at = fields.Datetime(readonly=True)
    undone_by_id = fields.Many2one("res.users", readonly=True)

    def _compute_counts(self):
        lines = self.env["callcenter.rollback.line"]
        domain = [("run_id", "in", self.ids)]
        totals = {
            run: (changes, customers)
            for run, changes, customers in lines._read_group(
                domain, ["run_id"], ["__count", "partner_id:count_distinct"]
            )
        }
        undone = dict(
            lines._read_group([*domain, ("undone", "=", True)], ["run_id"], ["__count"])
        )
        for run in self:
            run.change_count, run.customer_count = totals.get(run, (0, 0))
            run.undone_count = undone.get(run, 0)

    # Deciding ----------------------------------------------------------------------

    @api.model
    def action_decide(self, change_id, decision, seen=False, value=False):
        """Decide on one change.

        :param decision: ``accepted`` (the agent's value), ``rejected`` (the contact
            keeps its own), ``other`` (``value``), or ``pending`` to take it back
        :param seen: what the contact held when the manager looked, as
            :meth:`action_read_customer` said: when it holds something else now,
            nothing is decided
        :param value: with ``other``, the value; as agents write it
        :return: true
        :raise UserError: when it can't be decided so, with the reason
        :raise AccessError: unless the user is a manager
        """
        manager = self._as_manager()
        if decision not in DECISIONS:
            raise UserError(self.env._("Accept, reject, or choose another value."))
        return manager._decide(manager._change(change_id), decision, seen, value)

    def _decide(self, change, decision, seen, value):
        [row] = self._rows(SQL("change.id = %s", change.id))
        if row["status"] == "done":
            raise UserError(
                self.env._("This change was carried back: undo that to decide anew.")
            )
        values = dict(UNDECIDED, state="staged")
        if decision in ("accepted", "other"):
            self._check_seen(row, seen)
            values.update(
                decision="accepted", is_seen=True, seen_value=row["held"] or False
            )
        elif decision == "rejected":
            values["decision"] = "rejected"
        if decision == "other":
            values.update(has_other=True, other_value=self._clean_other(change, value))
        # sudo: callcenter.task.change: managers decide by use cases alone
        change.sudo().write(values)
        if values["decision"] == "accepted":
            self._check_possible(change)
        return True

    def _check_seen(self, row, seen):
        if not is_same(row["held"], seen):
            raise UserError(
                self.env._(
                    "Somebody changed the contact meanwhile: look at what it holds "
                    "now, then decide."
                )
            )

    def _check_possible(self, change):
        [row] = self._rows(SQL("change.id = %s", change.id))
        if row["status"] == "problem":
            raise UserError(self._explain(row["problem"]))

    def _clean_other(self, change, value):
        """:return: a value that a manager typed, as JSON carries it"""
        field = self.env["res.partner"]._fields.get(change.name)
        if field is None or field.type not in contact_fields.EDITABLE_TYPES:
            raise UserError(self._explain("field"))
        model = self.env[field.comodel_name if field.relational else "res.partner"]
        try:
            return contact_fields.clean(field, value, model)
        except contact_fields.BadValue as error:
            raise UserError(
                self.env["callcenter.task"]._explain_bad_value(
                    error.args[0], change.label
                )
            ) from error

    @api.model
    def action_decide_customer(self, task_id, decision):
        """Accept what has no conflict of a customer, or reject all that is open.

        :param decision: ``accepted`` or ``rejected``
        :return: how many changes were decided
        :raise UserError: when there is no such customer or decision
        :raise AccessError: unless the user is a manager
        """
        manager = self._as_manager()
        if decision not in ("accepted", "rejected"):
            raise UserError(self.env._("Accept, reject, or choose another value."))
        task = manager._task(task_id)
        where = SQL("change.task_id = %s", task.id)
        return manager._decide_all(where, "all", decision)

    @api.model
    def action_accept_all(self, plan_id, kind="all"):
        """Accept all changes of a plan that are undecided and without conflict.

        :param kind: ``person`` or ``company``, for those alone; ``all``
        :return: how many were accepted
        :raise UserError: when there is no such plan
        :raise AccessError: unless the user is a manager
        """
        manager = self._as_manager()
        plan = manager._plan(plan_id)
        return manager._decide_all(of_plan(plan), manager._kind(kind), "accepted")

    def _decide_all(self, where, kind, decision):
        """Set-based: a plan may have very many changes, of our own table."""
        changes = self.env["callcenter.task.change"]
        statuses = ["pending"] if decision == "accepted" else [*TO_DECIDE, "accepted"]
        decided = self.env.execute_query(
            SQL(
                """
                UPDATE callcenter_task_change
                   SET decision = %s, has_other = false, other_value = NULL,
                       is_seen = false, seen_value = NULL, refusal = NULL
                 WHERE id IN (SELECT id FROM (%s) compared WHERE status = ANY(%s))
                RETURNING id
                """,
                decision,
                self._compared(where, kind),
                statuses,
            )
        )
        changes.invalidate_model()
        return len(decided)

    # Carrying back -----------------------------------------------------------------

    @api.model
    def action_carry_back_plan(self, plan_id, kind="all"):
        """Carry a whole plan's changes back: all that have no conflict are accepted.

        One call carries :data:`BATCH` customers; see :meth:`action_carry_back`.
        """
        self.action_accept_all(plan_id, kind)
        return self.action_carry_back(plan_id, kind)

    @api.model
    def action_carry_back(self, plan_id, kind="all", run_id=False):
        """Write accepted changes into the contacts, of at most :data:`BATCH` customers.

        Call it again with the ``run_id`` that it gave as long as something remains.

        :param kind: ``person`` or ``company``, for those alone; ``all``
        :param run_id: the own run to go on with; false for a new one
        :return: dict of ``run_id`` (false when there was nothing to carry),
            ``carried`` and ``refused`` (changes of this call), ``customers``, and
            ``remaining`` (accepted changes left)
        :raise UserError: when another manager is carrying this plan back right now
        :raise AccessError: unless the user is a manager
        """
        manager = self._as_manager()
        plan, kind = manager._plan(plan_id), manager._kind(kind)
        manager._lock(plan)
        where = of_plan(plan)
        rows = manager._rows(
            where,
            kind,
            SQL("task_id IN (%s)", manager._next_tasks(where, kind)),
            SQL("status = 'accepted'"),
        )
        if not rows:
            return {
                "run_id": False,
                "carried": 0,
                "refused": 0,
                "customers": 0,
                "remaining": 0,
            }
        run = manager._own_run(run_id, plan)
        refused = run._carry(rows)
        left = manager._count(where, kind, SQL("status = 'accepted'"))
        return {
            "run_id": run.id,
            "carried": len(rows) - refused,
            "refused": refused,
            "customers": len({row["partner_id"] for row in rows}),
            "remaining": left,
        }

    def _next_tasks(self, where, kind):
        return SQL(
            "SELECT DISTINCT task_id FROM (%s) one WHERE status = 'accepted'"
            " ORDER BY task_id LIMIT %s",
            self._compared(where, kind),
            BATCH,
        )

    def _lock(self, plan):
        """Let nobody else carry this plan's changes until the transaction ends."""
        [[free]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_KEY, plan.id)
        )
        if not free:
            raise UserError(
                self.env._(
                    "The changes of “%(plan)s” are being carried back or undone right "
                    "now. Try again in a moment.",
                    plan=plan.name,
                )
            )

    def _own_run(self, run_id, plan):
        """:return: the run to go on with, trusted; a new one when there is none"""
        # sudo: callcenter.rollback: made and kept by use cases alone
        runs = self.sudo()
        if isinstance(run_id, int) and run_id:
            run = runs.search(
                [
                    ("id", "=", run_id),
                    ("plan_id", "=", plan.id),
                    ("user_id", "=", self.env.uid),
                    ("undone_at", "=", False),
                ]
            )
            if run:
                return run
        return runs.create({"plan_id": plan.id, "user_id": self.env.uid})

    def _carry(self, rows):
        """Write the contacts of these rows; keep lines; leave a note on each contact.

        :return: how many changes the contacts did not take
        """
        self._lock_rows("callcenter_task_change", [row["id"] for row in rows])
        self._lock_rows("res_partner", [row["partner_id"] for row in rows])
        changes = self.env["callcenter.task.change"].browse(row["id"] for row in rows)
        of = dict(zip([row["id"] for row in rows], changes, strict=True))
        refusals = {}
        for partner_id, own in self._by_partner(rows).items():
            values = {
                of[row["id"]].name: self._to_write(of[row["id"]], row) for row in own
            }
            refused = self._write_contact(partner_id, values)
            for row in own:
                refusals[row["id"]] = refused.get(of[row["id"]].name)
        taken = [row for row in rows if not refusals[row["id"]]]
        lines = self._keep_lines(taken, of)
        self._note(
            lines,
            self.env._("Carried back from the dial plan “%s”", self.plan_id.name),
            [(line, line.replaced_value, line.written_value) for line in lines],
        )
        for row in rows:
            if refusals[row["id"]]:
                of[row["id"]].write(dict(UNDECIDED, refusal=refusals[row["id"]]))
        return len(rows) - len(taken)

    def _by_partner(self, rows):
        """:return: dict of contact id -> its rows"""
        grouped = {}
        for row in rows:
            grouped.setdefault(row["partner_id"], []).append(row)
        return grouped

    def _lock_rows(self, table, ids):
        """Hold rows. One that was changed since this transaction began makes the
        request start again, and compare anew."""
        self.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                SQL.identifier(table),
                sorted(set(ids)),
            )
        )

    def _to_write(self, change, row):
        """:return: what the contact is to hold, as JSON"""
        target = change._target_value()
        if not self.env["callcenter.rollback.line"]._is_set(change.name):
            return target
        old, now = set(change.old_value or ()), set(row["held"] or ())
        wanted = set(target or ())
        return sorted((now | (wanted - old)) - (old - wanted))

    def _write_contact(self, partner_id, values):
        """Write fields of a contact with the manager's own rights.

        What the contact doesn't take all at once is tried field by field.

        :return: dict of field name -> why it was not taken
        """
        partner = self.env["res.partner"].sudo(False).browse(partner_id)
        try:
            with self.env.cr.savepoint():
                partner.write(self._commands(partner, values))
                self.env.flush_all()
        except (UserError, ValueError, IntegrityError, DataError) as error:
            if len(values) == 1:
                return dict.fromkeys(values, self._to_reason(error))
            refusals = {}
            for name, value in values.items():
                refusals.update(self._write_contact(partner_id, {name: value}))
            return refusals
        return {}

    def _commands(self, partner, values):
        """:return: JSON values as ``write`` takes them; tags that are gone are left"""
        vals = {}
        for name, value in values.items():
            field = partner._fields[name]
            if field.type == "many2many":
                held = partner.with_context(active_test=False)[name]
                wanted = held.browse(value).exists()
                value = [Command.link(one.id) for one in wanted - held]
                value += [Command.unlink(one.id) for one in held - wanted]
            vals[name] = value
        return vals

    def _to_reason(self, error):
        if isinstance(error, UserError):
            return str(error)
        return self.env._("The contact can't hold this value.")

    def _keep_lines(self, rows, of):
        """Make the lines of what was written, and mark the changes.

        :param of: dict of change id -> change
        """
        lines = self.env["callcenter.rollback.line"].create(
            [
                {
                    "run_id": self.id,
                    "task_id": row["task_id"],
                    "partner_id": row["partner_id"],
                    "agent_id": of[row["id"]].agent_id.id,
                    "name": of[row["id"]].name,
                    "replaced_value": row["held"],
                }
                for row in rows
            ]
        )
        held = lines._held()
        for line, row in zip(lines, rows, strict=True):
            # As the contact holds it: it may have put the value in order.
            line.written_value = held[line.id]
            of[row["id"]].write(
                {"state": "done", "rollback_line_id": line.id, "refusal": False}
            )
        return lines

    def _note(self, lines, title, items):
        """Leave a note in the chatter of the contacts of these lines.

        :param items: list of (line, value before, value after)
        """
        if not lines:
            return
        texts = ContactTexts(
            self.env, [(line.name, one) for line, *values in items for one in values]
        )
        labels = self.env["res.partner"].fields_get(attributes=["string"])
        calls = self._calls_of(lines)
        entries = {}
        for line, before, after in items:
            entries.setdefault(line.partner_id.id, []).append(
                Markup("<li>%s: %s → %s <small>(%s)</small></li>")
                % (
                    labels.get(line.name, {}).get("string", line.name),
                    texts.text(line.name, before) or "–",
                    texts.text(line.name, after) or "–",
                    self._source(line, calls),
                )
            )
        lines.partner_id.sudo(False)._message_log_batch(
            bodies={
                partner_id: Markup("<p>%s</p><ul>%s</ul>")
                % (title, Markup().join(parts))
                for partner_id, parts in entries.items()
            }
        )

    def _calls_of(self, lines):
        """:return: dict of (task id, agent id) -> when the last call was dialled"""
        return {
            (task.id, agent.id): at
            for task, agent, at in self.env["callcenter.call"]._read_group(
                [("task_id", "in", lines.task_id.ids), ("kind", "=", "main")],
                ["task_id", "agent_id"],
                ["requested_at:max"],
            )
        }

    def _source(self, line, calls):
        at = calls.get((line.task_id.id, line.agent_id.id))
        if not at:
            return self.env._("edited by %s", line.agent_id.name)
        at = fields.Datetime.context_timestamp(self.sudo(False), at)
        return self.env._(
            "edited by %(agent)s, call of %(time)s",
            agent=line.agent_id.name,
            time=at.strftime("%Y-%m-%d %H:%M"),
        )

    # Undoing -----------------------------------------------------------------------

    @api.model
    def action_undo(self, run_id, go_on=False):
        """Give the contacts of a run back what they held, at most :data:`BATCH` of
        them, where they still hold what was written.

        Call it again with ``go_on`` as long as something remains.

        :param go_on: pass over what this undo has left already
        :return: dict of ``undone``, ``left`` (list of sentences: what was not undone
            by this call, and why) and ``remaining`` (fields to go)
        :raise UserError: when there is no such run, or another one is on
        :raise AccessError: unless the user is a manager
        """
        manager = self._as_manager()
        run = manager._run(run_id)
        manager._lock(run.plan_id)
        # sudo: callcenter.rollback.line: kept by use cases alone
        if not go_on:
            manager.env["callcenter.rollback.line"].sudo().search(
                [("run_id", "=", run.id), ("undo_refusal", "!=", False)]
            ).write({"undo_refusal": False})
        return run._undo([("run_id", "=", run.id), ("undo_refusal", "=", False)])

    @api.model
    def action_undo_customer(self, task_id):
        """Undo what was carried back last of each field of one customer.

        :return: see :meth:`action_undo`
        """
        manager = self._as_manager()
        task = manager._task(task_id)
        manager._lock(task.plan_id)
        # sudo: callcenter.task.change, callcenter.rollback: kept by use cases alone
        changes = task.sudo().change_ids.filtered(lambda one: one.state == "done")
        return manager.sudo()._undo([("id", "in", changes.rollback_line_id.ids)])

    def _undo(self, domain):
        """See :meth:`action_undo`; trusted."""
        domain = [*domain, ("undone", "=", False)]
        lines = self.env["callcenter.rollback.line"].search(
            domain, order="partner_id, id", limit=20 * BATCH
        )
        partners = lines.partner_id[:BATCH]
        lines = lines.filtered(lambda line: line.partner_id in partners)
        self._lock_rows("res_partner", partners.ids)
        held = lines._held()
        undone, left = self._undo_lines(lines, held)
        self._after_undo(undone, held)
        tried = lines.ids
        return {
            "undone": len(undone),
            "left": left,
            "remaining": lines.search_count([*domain, ("id", "not in", tried)]),
        }

    def _undo_lines(self, lines, held):
        """:return: (lines that were undone, list of what was left and why)"""
        undone, left = lines.browse(), []
        labels = self.env["res.partner"].fields_get(attributes=["string"])
        texts = ContactTexts(self.env, [(line.name, held[line.id]) for line in lines])
        for partner, own in lines.grouped("partner_id").items():
            refusals = self._undo_contact(partner, own, held, texts)
            undone |= own.filtered(lambda line, no=refusals: line.id not in no)
            for line in own.filtered(lambda line, no=refusals: line.id in no):
                line.undo_refusal = refusals[line.id]
                left.append(
                    self.env._(
                        "%(customer)s, %(field)s: %(reason)s",
                        customer=partner.display_name,
                        field=labels.get(line.name, {}).get("string", line.name),
                        reason=refusals[line.id],
                    )
                )
        return undone, left

    def _undo_contact(self, partner, lines, held, texts):
        """:return: dict of line id -> why it was left"""
        refusals, values = {}, {}
        for line in lines:
            value = line._value_to_undo(held[line.id])
            if value is None:
                refusals[line.id] = self.env._(
                    "the contact holds “%s” now",
                    texts.text(line.name, held[line.id]) or "–",
                )
            else:
                values[line.name] = value
        refused = self._write_contact(partner.id, values) if values else {}
        for line in lines.filtered(lambda line: line.name in refused):
            refusals[line.id] = refused[line.name]
        return refusals

    def _after_undo(self, lines, held):
        """Mark lines, changes and runs, and leave notes."""
        if not lines:
            return
        lines.write({"undone": True})
        # Rows that the agent has staged anew lead to no line any more.
        changes = self.env["callcenter.task.change"].search(
            [("rollback_line_id", "in", lines.ids), ("state", "=", "done")]
        )
        changes.write(dict(UNDECIDED, state="undone"))
        lines.run_id.write(
            {"undone_at": fields.Datetime.now(), "undone_by_id": self.env.uid}
        )
        now = lines._held()
        for plan, own in lines.grouped(lambda line: line.run_id.plan_id).items():
            self._note(
                own,
                self.env._("Undone: carried back from the dial plan “%s”", plan.name),
                [(line, held[line.id], now[line.id]) for line in own],
            )
