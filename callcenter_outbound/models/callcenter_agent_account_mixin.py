import re

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .callcenter_task import UNFINISHED
from .res_users import AGENT_GROUP
from .use_case import use_case_context

ALL_CONTACTS_GROUP = "callcenter_outbound.callcenter_outbound_group_all_contacts"
#: An agent number is typed into the log-in page: nothing there that can't be seen.
NUMBER = re.compile(r"[A-Za-z0-9._-]{1,32}", re.ASCII)


class CallcenterAgentAccountMixin(models.AbstractModel):
    """Agents and their Odoo users.

    A user made here has the agent number as log-in and the rights of an agent, and
    comes and goes with the agent. One that was there before is linked: he becomes an
    agent, loses none of the contacts that he had, and stays as he is otherwise.
    """

    _name = "callcenter.agent.account.mixin"
    _description = "Agent with an Odoo User"

    # Computed ----------------------------------------------------------------------

    def _compute_new_password(self):
        self.new_password = False

    def _inverse_new_password(self):
        self.check_access("write")
        for agent in self.filtered("new_password"):
            if not agent._own_user():
                raise UserError(
                    self.env._(
                        "The password of %(agent)s can't be set here: only that of a "
                        "user who was made here and holds nothing above agent.",
                        agent=agent.display_name,
                    )
                )
            # By Odoo's own rules; its log names who did it.
            agent._own_user()._change_password(agent.new_password)
        # What was typed is not read back either.
        self.invalidate_recordset(["new_password"])

    @api.depends("user_id.group_ids")
    def _compute_takes_password(self):
        for agent in self:
            agent.takes_password = not agent.user_id or bool(agent._own_user())

    @api.depends("user_id.group_ids")
    def _compute_sees_all_contacts(self):
        for agent in self:
            # sudo: res.users: tells of one group whether the user is in it
            user = agent.user_id.sudo()
            agent.sees_all_contacts = bool(user) and user.has_group(ALL_CONTACTS_GROUP)

    def _own_user(self):
        """:return: the user, trusted, if he was made here and is an agent alone"""
        self.ensure_one()
        # sudo: callcenter.agent: see what is checked
        agent = self.sudo()
        user = agent.user_id
        if agent.user_made_here and not user._holds_more_than_an_agent():
            return user
        return user.browse()

    # Checks ------------------------------------------------------------------------

    @api.constrains("number")
    def _check_number(self):
        for agent in self:
            if not NUMBER.fullmatch(agent.number):
                raise ValidationError(
                    self.env._(
                        "“%(number)s” is no agent number: use up to 32 letters and "
                        "digits (“. _ -” are allowed too).",
                        number=agent.number,
                    )
                )

    @api.constrains("number", "user_id")
    def _check_number_is_nobodys_login(self):
        for agent in self:
            agent._check_login_free(agent.number, agent.user_id)

    @api.constrains("user_id")
    def _check_user(self):
        for agent in self:
            # sudo: res.users: what kind of user he is
            user = agent.user_id.sudo()
            if user.share or not user.active:
                raise ValidationError(
                    self.env._(
                        "%(user)s can't be an agent: link an active internal user.",
                        user=user.name,
                    )
                )

    @api.model
    def _check_login_free(self, number, user):
        """:raise UserError: when ``number`` is the log-in of anyone but ``user``"""
        # sudo: res.users: archived ones, and those of other companies, too
        users = self.env["res.users"].sudo().with_context(active_test=False)
        other = users.search([("login", "=", number), ("id", "!=", user.id)], limit=1)
        if other:
            raise UserError(
                self.env._(
                    "“%(number)s” is the log-in of %(user)s already: choose another "
                    "agent number, or link the agent to that user.",
                    number=number,
                    user=other.name,
                )
            )

    def _check_clashes(self, vals):
        """Name the agent who has what these shall have; the database only refuses.

        :raise UserError: when another agent has the number, the user or the extension
        """
        # sudo: callcenter.agent: archived ones, and those of other companies, too
        agents = self.sudo().with_context(active_test=False)
        for name in ("number", "user_id", "extension_id"):
            value = vals.get(name)
            if not value:
                continue
            domain = [(name, "=", value), ("id", "not in", self.ids)]
            other = agents.search(domain, limit=1)
            if other:
                raise UserError(self._explain_clash(name, other))

    def _explain_clash(self, name, other):
        agent = other.display_name
        if not other.active:
            agent = self.env._("%(agent)s (archived)", agent=agent)
        return {
            "number": self.env._(
                "This number belongs to agent %(agent)s.", agent=agent
            ),
            "user_id": self.env._("This user is agent %(agent)s already.", agent=agent),
            "extension_id": self.env._(
                "Extension %(extension)s belongs to agent %(agent)s: take it from that "
                "agent first, or choose another one.",
                extension=other.extension_id.number,
                agent=agent,
            ),
        }[name]

    # CRUD --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        passwords = []
        made_here = []
        prepared = []
        for vals in vals_list:
            values = dict(vals)
            passwords.append(values.pop("new_password", False))
            self._check_clashes(values)
            made_here.append(not values.get("user_id"))
            if made_here[-1]:
                values["user_id"] = self._create_user(values).id
            prepared.append(values)
        agents = super().create(prepared)
        for agent, made, password in zip(agents, made_here, passwords, strict=True):
            if made:
                # sudo: callcenter.agent: nobody may claim this by hand
                agent.sudo().user_made_here = True
            else:
                agent._make_user_an_agent()
            if password:
                agent.new_password = password
        return agents

    def write(self, vals):
        self.check_access("write")
        user_id = vals.get("user_id")
        if "user_id" in vals and any(agent.user_id.id != user_id for agent in self):
            raise UserError(
                self.env._(
                    "The user of an agent stays: archive the agent and create another "
                    "one."
                )
            )
        self._check_clashes(vals)
        vals = dict(vals)
        if vals.get("active") is False:
            vals.update(self._prepare_archiving())
        own_users = self._own_users()
        result = super().write(vals)
        if vals.get("chooses_extension") and "extension_id" not in vals:
            signed_out = self.filtered(lambda agent: not agent.status_id.signed_in)
            super(CallcenterAgentAccountMixin, signed_out).write(
                {"extension_id": False}
            )
        self._tell_own_users(own_users, vals)
        return result

    def unlink(self):
        users = self._own_users()
        result = super().unlink()
        users._leave()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: whatever there is of them, also out of the user's sight
        for agent in self.sudo():
            domain = [("agent_id", "=", agent.id)]
            for model in (
                "callcenter.call",
                "callcenter.task",
                "callcenter.agent.session",
            ):
                if self.env[model].sudo().search_count(domain, limit=1):
                    raise UserError(
                        self.env._(
                            "Agent %(agent)s has tasks, calls or sessions, which stay: "
                            "archive the agent instead.",
                            agent=agent.display_name,
                        )
                    )

    def action_archive(self):
        """Archive agents; tell of the customers whom nobody will call now.

        :return: a notification, or false when there is nothing to tell
        :raise UserError: while a call of one of them is on
        """
        agents = self.filtered("active")
        super().action_archive()
        counts = self.env["callcenter.task"]._read_group(
            [("agent_id", "in", agents.ids), ("status", "in", UNFINISHED)],
            ["agent_id"],
            ["__count"],
        )
        if not counts:
            return False
        text = " · ".join(
            self.env._(
                "%(agent)s: %(count)s unfinished customers",
                agent=agent.display_name,
                count=count,
            )
            for agent, count in counts
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Give them to other agents"),
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # Users -------------------------------------------------------------------------

    @api.model
    def _create_user(self, vals):
        """:return: a new user for the agent with these values"""
        number = vals.get("number")
        if not number or not vals.get("name"):
            raise UserError(self.env._("An agent needs a number and a name."))
        self._check_login_free(number, self.env["res.users"])
        context = dict(use_case_context(self.env), no_reset_password=True)
        # sudo: res.users: managers make users who are agents and nothing more
        users = self.env["res.users"].with_env(self.env(context=context)).sudo()
        return users.create(self._prepare_user(vals))

    @api.model
    def _prepare_user(self, vals):
        company = self.env["res.company"].browse(vals.get("company_id"))
        company = company or self.env.company
        return {
            "name": vals["name"],
            "login": vals["number"],
            "group_ids": [Command.set(self.env.ref(AGENT_GROUP).ids)],
            "action_id": self.env.ref(
                "callcenter_outbound.callcenter_workspace_action"
            ).id,
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "lang": self.env.user.lang or company.partner_id.lang,
            "tz": company.callcenter_tz,
        }

    def _make_user_an_agent(self):
        """Let a user who was there before be an agent, and lose no contact."""
        self.ensure_one()
        # sudo: res.users: managers make users agents, and nothing more
        user = self.user_id.sudo()
        if not user.has_group(AGENT_GROUP):
            groups = self.env.ref(AGENT_GROUP) | self.env.ref(ALL_CONTACTS_GROUP)
            user.group_ids = [Command.link(group.id) for group in groups]

    def _own_users(self):
        users = self.env["res.users"].sudo()
        for agent in self:
            users |= agent._own_user()
        return users

    def _tell_own_users(self, users, vals):
        """Bring the users made here in line with their agents."""
        values = {
            ours: vals[name]
            for name, ours in (("name", "name"), ("active", "active"))
            if name in vals
        }
        if values:
            users.write(values)
        if "number" in vals:
            for user in users:
                user.login = vals["number"]

    def _prepare_archiving(self):
        """Sign out who is archived.

        :return: dict of what else changes
        :raise UserError: while a call is on
        """
        for agent in self.sudo():
            # sudo: callcenter.agent: who archives an agent may sign him out
            agent._check_not_in_a_call()
            if agent._will_be_signed_in():
                agent._command("sign_out")
        return {"extension_id": False}
