from datetime import UTC, datetime

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .event_clock import to_iso
from .use_case import use_case_context

#: How many free extensions an agent is offered who chooses one.
OFFERED_EXTENSIONS = 200


def utc_now():
    """:return: naive UTC, finer than the whole seconds of ``fields.Datetime.now``"""
    return datetime.now(UTC).replace(tzinfo=None)


class CallcenterAgentPresenceMixin(models.AbstractModel):
    """Agents come, pause and go.

    Each use case is a command to the connector that leads the PBX of the agent's phone,
    which alone writes the live state; where none leads, the request writes it itself.
    """

    _name = "callcenter.agent.presence.mixin"
    _description = "Agent who Comes and Goes"

    def write(self, vals):
        result = super().write(vals)
        if "group_ids" in vals:
            self._leave_lost_groups()
        return result

    # Use cases ---------------------------------------------------------------------

    def action_sign_in(self, group_ids, extension_id=False):
        """Sign in to groups, or, when signed in already, to others instead.

        Called on no record it means the user's own agent.

        :param group_ids: list of ids of the agent's own groups, at least one
        :param extension_id: id of a free extension, for agents who choose theirs
        :return: true; the state follows by the bus
        :raise AccessError: on another agent
        :raise UserError: when groups or extension can't be taken
        """
        agent = self._require_own()
        groups = agent._pick_groups(group_ids)
        agent._take_extension(extension_id)
        agent._command("sign_in", **agent._prepare_sign_in(groups))
        return True

    def action_sign_out(self):
        """Sign out. Called on no record it means the user's own agent.

        Supervisors sign out the agents of their groups, managers all.

        :return: true, also when the agent is signed out already
        :raise AccessError: on an agent who is not the user's to sign out
        :raise UserError: while a call is on
        """
        for agent in self._require_may_sign_out():
            agent._sign_out()
        return True

    def action_pause(self, reason_id):
        """Pause, at once or as soon as call and wrap-up are over.

        Called on no record it means the user's own agent.

        :param reason_id: id of a pause reason
        :return: true; the state follows by the bus
        :raise AccessError: on another agent
        :raise UserError: when the agent is signed out, or there is no such reason
        """
        agent = self._require_own()
        reason = agent.env["callcenter.pause.reason"].search(
            [("id", "=", reason_id if isinstance(reason_id, int) else 0)]
        )
        if not reason:
            raise UserError(self.env._("There is no such pause reason."))
        agent._check_signed_in()
        agent._command("pause", reason=reason.id)
        return True

    def action_resume(self):
        """End the pause. Called on no record it means the user's own agent.

        :return: true, also when there is none; the state follows by the bus
        :raise AccessError: on another agent
        :raise UserError: when the agent is signed out
        """
        agent = self._require_own()
        agent._check_signed_in()
        agent._command("resume")
        return True

    # Checks ------------------------------------------------------------------------

    def _pick_groups(self, group_ids):
        """:return: the groups of these ids, trusted
        :raise UserError: when there is none, or one is not the agent's
        """
        if not (
            isinstance(group_ids, (list, tuple))
            and all(isinstance(group_id, int) for group_id in group_ids)
        ):
            raise UserError(self.env._("Name the groups to sign in to."))
        if not self.group_ids:
            raise UserError(
                self.env._(
                    "You are in no group: ask a manager to put you into one under "
                    "Agents → Agent Groups."
                )
            )
        if not group_ids:
            raise UserError(self.env._("Choose at least one group to sign in to."))
        groups = self.group_ids.filtered(lambda group: group.id in group_ids)
        if len(groups) != len(set(group_ids)):
            raise UserError(self.env._("You can sign in to groups of your own only."))
        return groups

    def _take_extension(self, extension_id):
        """Make sure that the agent has a phone: the one chosen, or the fixed one.

        :raise UserError: when there is none, or it can't be had
        """
        held = self.extension_id
        if not extension_id or extension_id == held.id:
            if not held:
                raise UserError(self._explain_no_extension())
            return
        if not self.chooses_extension:
            raise UserError(
                self.env._(
                    "You don't choose your extension: ask a manager to change it under "
                    "Agents → Agents."
                )
            )
        if self.status_id.signed_in:
            raise UserError(
                self.env._("Sign out first: you are signed in with another extension.")
            )
        self.extension_id = self._pick_extension(extension_id)

    def _explain_no_extension(self):
        if self.chooses_extension:
            return self.env._("Choose the extension of the phone that you sit at.")
        return self.env._(
            "You have no extension: ask a manager to give you one under "
            "Agents → Agents."
        )

    def _pick_extension(self, extension_id):
        """:return: the extension of this id, trusted
        :raise UserError: when it is not there, or another agent has it
        """
        extension = self.env["callcenter.extension"].search(
            [
                ("id", "=", extension_id if isinstance(extension_id, int) else 0),
                ("company_id", "=", self.company_id.id),
            ]
        )
        if not extension:
            raise UserError(self.env._("There is no such extension."))
        holder = extension.with_context(active_test=False).agent_ids
        if holder:
            raise UserError(
                self.env._(
                    "Extension %(extension)s is taken by agent %(agent)s: choose "
                    "another one.",
                    extension=extension.number,
                    agent=holder.display_name,
                )
            )
        return extension

    def _check_signed_in(self):
        """:raise UserError: when the agent is signed out"""
        self.ensure_one()
        if not self._will_be_signed_in():
            raise UserError(self.env._("You are signed out: sign in first."))

    def _check_not_in_a_call(self):
        """:raise UserError: while a call is on"""
        self.ensure_one()
        if self._open_call():
            raise UserError(
                self.env._(
                    "A call of agent %(agent)s is on: it has to end first.",
                    agent=self.display_name,
                )
            )

    def _will_be_signed_in(self):
        """Whether the agent is signed in when what is on its way has arrived."""
        # sudo: callcenter.command: the agent's own
        last = (
            self.env["callcenter.command"]
            .sudo()
            .search(
                [
                    ("agent_id", "=", self.id),
                    ("kind", "in", ("sign_in", "sign_out")),
                    ("state", "in", ("pending", "sent")),
                ],
                order="id desc",
                limit=1,
            )
        )
        return last.kind == "sign_in" if last else self.status_id.signed_in

    def _require_may_sign_out(self):
        """:return: these agents, trusted; the user's own when there are none
        :raise AccessError: unless they are the user's own, or of his groups
        """
        if not self or self == self._current():
            return self._require_own()
        if not self.env.user.has_group(
            "callcenter_outbound.callcenter_outbound_group_supervisor"
        ):
            raise AccessError(self.env._("Only the agent or a supervisor can do this."))
        self.check_access("read")
        agents = self.with_env(self.env(context=use_case_context(self.env)))
        # sudo: callcenter.agent: readable, so of the supervisor's groups
        return agents.sudo()

    # Commands ----------------------------------------------------------------------

    def _sign_out(self):
        """Sign one agent out, on a trusted record.

        :raise UserError: while a call is on
        """
        self._check_not_in_a_call()
        self._command("sign_out")

    def _settle(self, call):
        """End the wrap-up of ``call``, if the agent is in it.

        Also sent when he is not: the end of the call may be on its way.
        """
        if call:
            self._command("settle", call=call.id)

    def _prepare_sign_in(self, groups):
        left = (self.group_ids | self._signed_in_groups()) - groups
        return {
            "groups": groups.ids,
            "queues": groups.filtered("incoming").mapped("queue_name"),
            "left_queues": left.filtered("incoming").mapped("queue_name"),
        }

    def _leave_lost_groups(self):
        """Sign agents out of groups that they are in no more."""
        # sudo: callcenter.agent: who changes the groups decides that
        for agent in self.sudo():
            signed_in = agent._signed_in_groups()
            left = signed_in & agent.group_ids
            if left and left != signed_in:
                agent._command("sign_in", **agent._prepare_sign_in(left))
            elif signed_in and not left:
                agent._command("sign_out")

    def _command(self, kind, **payload):
        """Have the live state changed by whoever may write it now."""
        self.ensure_one()
        # sudo: callcenter.command: the outbox; who may do this was checked before
        commands = self.env["callcenter.command"].sudo()
        pbx = self.extension_id.pbx_id
        payload = {**self._prepare_command(), **payload}
        if not pbx:
            # Nobody leads it, and no queue has the agent's phone.
            self._apply_change(kind, payload)
        elif pbx._keep_unled():
            commands._carry_out_here(self, kind, payload)
        else:
            commands._enqueue(pbx, kind, "", payload, agent=self)

    def _prepare_command(self):
        """What the PBX needs to know of the agent, whatever the command."""
        groups = self._signed_in_groups()
        return {
            "extension": self.extension_id.number or "",
            "joins": self.chooses_extension,
            "queues": groups.filtered("incoming").mapped("queue_name"),
            "paused": self.status_id.paused,
        }

    # Live state: the connector's transactions, or a request's where none leads -----

    def _apply_command(self, command):
        """Change the live state as a command of this agent says.

        :param command: a row of the outbox; one that a later one has overtaken does
            nothing
        """
        if self and not command._is_overtaken():
            self._apply_change(command.kind, command.payload or {})

    def _apply_change(self, kind, payload):
        self.ensure_one()
        at = utc_now()
        apply = {
            "sign_in": self._apply_sign_in,
            "sign_out": self._apply_sign_out,
            "pause": self._apply_pause,
            "resume": self._apply_resume,
            "settle": self._apply_settle,
        }[kind]
        if apply(payload, at):
            (self - self._settle_state(at))._push_state()

    def _apply_sign_in(self, payload, at):
        groups = self.group_ids.filtered(lambda g: g.id in payload.get("groups", ()))
        if not groups or not self.active:
            # Lost meanwhile; so is the extension that was chosen for it.
            self._give_extension_back()
            return False
        sessions = self.env["callcenter.agent.session"]
        held = sessions._open_of(self, "signed_in")
        held.filtered(lambda session: session.group_id not in groups)._close(at)
        sessions.create(
            [
                {
                    "agent_id": self.id,
                    "kind": "signed_in",
                    "group_id": group.id,
                    "started_at": at,
                }
                for group in groups - held.group_id
            ]
        )
        self.status_id.signed_in = True
        return True

    def _apply_sign_out(self, payload, at):
        sessions = self.env["callcenter.agent.session"]
        for kind in ("signed_in", "pause"):
            sessions._open_of(self, kind)._close(at)
        self.status_id.write(
            {
                "signed_in": False,
                "paused": False,
                "pause_reason_id": False,
                "wrap_up_call_id": False,
            }
        )
        self._give_extension_back()
        return True

    def _give_extension_back(self):
        if self.chooses_extension and not self.status_id.signed_in:
            self.extension_id = False

    def _apply_pause(self, payload, at):
        reason = self.env["callcenter.pause.reason"].browse(payload.get("reason"))
        if not reason.exists():
            return False
        status = self.status_id
        if status.paused and status.pause_reason_id != reason:
            self.env["callcenter.agent.session"]._open_of(self, "pause")._close(at)
        status.write({"paused": True, "pause_reason_id": reason.id})
        return True

    def _apply_resume(self, payload, at):
        self.env["callcenter.agent.session"]._open_of(self, "pause")._close(at)
        self.status_id.write({"paused": False, "pause_reason_id": False})
        return True

    def _apply_settle(self, payload, at):
        if self.status_id.wrap_up_call_id.id != payload.get("call"):
            return False
        self.status_id.wrap_up_call_id = False
        return True

    def _after_call(self, call):
        """A call of the agent has ended: wrap-up, if it reached the customer.

        Not when the contact record was saved while the call was on.
        """
        status = self.status_id
        if call.dialed_at and status.signed_in and not call.contact_record_id.saved:
            status.wrap_up_call_id = call
        self._settle_state(call.ended_at)

    def _settle_state(self, since):
        """Between calls the state follows from sign-in, wrap-up, pause and phone.

        :return: the agents whose state changed; their pages are told
        """
        changed = self.browse()
        for agent in self - self._open_call().agent_id:
            state = agent._settled_state()
            if state == "paused":
                agent._begin_pause(since)
            if agent._set_state(state, since):
                changed |= agent
        return changed

    def _settled_state(self):
        self.ensure_one()
        status = self.status_id
        if not status.signed_in:
            return "signed_out"
        if status.wrap_up_call_id:
            return "wrap_up"
        if status.paused:
            return "paused"
        if self.extension_id.state != "reachable":
            return "unreachable"
        return "ready"

    def _begin_pause(self, at):
        """Record the pause from when it takes effect; it was asked for before."""
        sessions = self.env["callcenter.agent.session"]
        if not sessions._open_of(self, "pause"):
            sessions.create(
                {
                    "agent_id": self.id,
                    "kind": "pause",
                    "reason_id": self.status_id.pause_reason_id.id,
                    "started_at": at,
                }
            )

    # The page ----------------------------------------------------------------------

    def _signed_in_groups(self):
        """:return: the groups that the agent is signed in to, trusted"""
        # sudo: callcenter.agent.session: the agent's own
        sessions = self.env["callcenter.agent.session"].sudo()
        return sessions._open_of(self, "signed_in").group_id

    def _signed_in_since(self):
        """:return: dict of (agent, group) -> since when, of these agents"""
        # sudo: callcenter.agent.session: the agents' own
        sessions = self.env["callcenter.agent.session"].sudo()
        return {
            (session.agent_id, session.group_id): session.started_at
            for session in sessions._open_of(self, "signed_in")
        }

    def _presence_values(self, signed_in_since):
        """What the agent's page shows of sign-in and pause.

        :param signed_in_since: see :meth:`_signed_in_since`
        """
        self.ensure_one()
        status = self.status_id
        return {
            "signed_in": status.signed_in,
            "groups": [
                {
                    "id": group.id,
                    "name": group.name,
                    "signed_in_at": to_iso(signed_in_since.get((self, group), False)),
                }
                for group in self.group_ids
            ],
            "chooses_extension": self.chooses_extension,
            "extensions": self._offered_extensions(),
            "pause_reason": status.pause_reason_id.name or False,
            "pause_wanted": status.paused and status.state != "paused",
        }

    def _offered_extensions(self):
        """:return: list of the free extensions, for an agent who has to choose one"""
        if not self.chooses_extension or self.extension_id:
            return []
        # An archived agent's extension is not free either.
        extensions = self.env["callcenter.extension"].with_context(active_test=False)
        extensions = extensions.search(
            [
                ("active", "=", True),
                ("company_id", "=", self.company_id.id),
                ("pbx_id.active", "=", True),
                ("agent_ids", "=", False),
            ],
            limit=OFFERED_EXTENSIONS,
            order="number, id",
        )
        return [
            {
                "id": extension.id,
                "number": extension.number,
                "name": extension.name or "",
                "state": extension.state,
            }
            for extension in extensions
        ]

    @api.model
    def _pause_reason_values(self):
        """:return: list of the reasons that an agent can pause for"""
        reasons = self.env["callcenter.pause.reason"].search([("active", "=", True)])
        return [{"id": reason.id, "name": reason.name} for reason in reasons]
