import hashlib
import logging
import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, config
from odoo.tools.i18n import format_list

from ..connector.core.values import LOCK_CLASS, PbxSettings
from .callcenter_pbx_section import NAMED_CHANGES
from .event_clock import EventClock

_logger = logging.getLogger(__name__)

#: What a host name, an address or a user name is made of.
CONNECTION_VALUE = re.compile(r"[!-~]{1,255}", re.ASCII)
SECRET = re.compile(r"[^\x00-\x1f\x7f]{1,255}")
#: The secret, and what it is sent to: a change there takes the secret away.
AMI_PEER = ("ami_host", "ami_port", "ami_user", "ami_tls")
ARI_PEER = ("ari_url", "ari_user")
SERVER_WIDE_LINE = "server_wide_modules = base,rpc,web,callcenter_outbound"
#: Fields whose change makes the connector read its settings again.
CONNECTION_FIELDS = frozenset(
    {
        "active",
        "ami_host",
        "ami_port",
        "ami_user",
        "ami_tls",
        "ami_secret",
        "ari_url",
        "ari_user",
        "ari_secret",
    }
)


class CallcenterPbx(models.Model):
    _name = "callcenter.pbx"
    _inherit = "callcenter.live.mixin"
    _description = "PBX"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )

    ami_host = fields.Char(string="AMI Host", required=True, default="127.0.0.1")
    ami_port = fields.Integer(string="AMI Port", required=True, default=5038)
    ami_tls = fields.Boolean(string="AMI over TLS")
    ami_user = fields.Char(string="AMI User", required=True, default="odoo")
    ami_secret = fields.Char(groups=fields.NO_ACCESS, copy=False)
    ami_secret_set = fields.Boolean(
        string="AMI Secret Is Set", compute="_compute_secrets_set"
    )
    new_ami_secret = fields.Char(
        string="AMI Secret",
        compute="_compute_new_secrets",
        inverse="_inverse_new_ami_secret",
        help="Written here, never shown: the connector alone reads it.",
    )
    ari_url = fields.Char(
        string="ARI Address",
        help="The PBX's HTTP server, from which recordings are fetched, such as "
        "http://127.0.0.1:8088. Without it recordings stay on the PBX.",
    )
    ari_user = fields.Char(string="ARI User", default="odoo")
    ari_secret = fields.Char(groups=fields.NO_ACCESS, copy=False)
    ari_secret_set = fields.Boolean(
        string="ARI Secret Is Set", compute="_compute_secrets_set"
    )
    new_ari_secret = fields.Char(
        string="ARI Secret",
        compute="_compute_new_secrets",
        inverse="_inverse_new_ari_secret",
        help="Written here, never shown: the connector alone reads it.",
    )

    sip_domain = fields.Char(
        string="SIP Domain",
        required=True,
        default="127.0.0.1",
        help="Host name or address (and port, unless it is 5060) that phones "
        "register with.",
    )
    websocket_url = fields.Char(
        string="Browser Phone Address",
        help="Where phones in the browser reach the PBX, such as "
        "wss://calls.example.com/ws. Empty: /ws on Odoo's own address.",
    )
    agent_ring_seconds = fields.Integer(
        string="Ring the Agent For", default=20, required=True
    )
    customer_ring_seconds = fields.Integer(
        string="Ring the Customer For", default=45, required=True
    )
    record_calls = fields.Boolean(default=True)

    section_salt = fields.Char(
        default=lambda self: secrets.token_hex(16),
        required=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Mixed into the hashes of what the PBX holds.",
    )
    section_ids = fields.One2many("callcenter.pbx.section", "pbx_id")
    sections_read_at = fields.Datetime(
        related="status_id.sections_read_at", string="Last Compared"
    )

    trunk_ids = fields.One2many("callcenter.trunk", "pbx_id")
    extension_ids = fields.One2many("callcenter.extension", "pbx_id")
    extension_count = fields.Integer(
        string="Phones", compute="_compute_extension_count"
    )
    rejected_event_count = fields.Integer(compute="_compute_rejected_event_count")

    status_id = fields.Many2one(
        "callcenter.pbx.status",
        required=True,
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    state = fields.Selection(related="status_id.state")
    state_since = fields.Datetime(related="status_id.since", string="Since")
    asterisk_version = fields.Char(related="status_id.version")
    connection = fields.Selection(
        lambda self: (
            self.env["callcenter.pbx.status"]
            ._fields["state"]
            ._description_selection(self.env)
        ),
        compute="_compute_state_message",
        help="The state of the link, which is offline while no connector runs.",
    )
    state_message = fields.Char(string="What It Says", compute="_compute_state_message")

    _name_uniq = models.Constraint(
        "unique(company_id, name)", "There is a PBX of this name already."
    )
    _status_uniq = models.Constraint("unique(status_id)", "A PBX has one live state.")
    _ring_seconds_check = models.Constraint(
        "CHECK (agent_ring_seconds BETWEEN 5 AND 120 "
        "AND customer_ring_seconds BETWEEN 5 AND 300)",
        "Phones ring for 5 to 120 seconds at the agent's and 5 to 300 at the "
        "customer's.",
    )

    # Secrets -----------------------------------------------------------------------

    def _compute_secrets_set(self):
        # sudo: callcenter.pbx: tells whether a secret is there, never the secret
        for pbx, trusted in zip(self, self.sudo(), strict=True):
            pbx.ami_secret_set = bool(trusted.ami_secret)
            pbx.ari_secret_set = bool(trusted.ari_secret)

    def _compute_new_secrets(self):
        self.new_ami_secret = False
        self.new_ari_secret = False

    def _inverse_new_ami_secret(self):
        self._keep_secret("new_ami_secret", "ami_secret")

    def _inverse_new_ari_secret(self):
        self._keep_secret("new_ari_secret", "ari_secret")

    def _keep_secret(self, source, target):
        """Move a secret that was typed in to where nobody can read it.

        An empty field leaves the secret as it is: a form that is saved without
        typing anything sends an empty one.
        """
        self.check_access("write")
        for pbx in self.filtered(source):
            if not SECRET.fullmatch(pbx[source]):
                raise ValidationError(
                    self.env._("A secret has no line breaks or control characters.")
                )
            # sudo: callcenter.pbx: who may write the PBX may replace its secrets
            pbx.sudo()[target] = pbx[source]

    # Computed ----------------------------------------------------------------------

    @api.depends("extension_ids")
    def _compute_extension_count(self):
        counts = dict(
            self.env["callcenter.extension"]._read_group(
                [("pbx_id", "in", self.ids)], ["pbx_id"], ["__count"]
            )
        )
        for pbx in self:
            pbx.extension_count = counts.get(pbx._origin, 0)

    def _compute_rejected_event_count(self):
        counts = dict(
            self.env["callcenter.rejected.event"]._read_group(
                [("pbx_id", "in", self.ids)], ["pbx_id"], ["__count"]
            )
        )
        for pbx in self:
            pbx.rejected_event_count = counts.get(pbx._origin, 0)

    @api.depends("status_id.state", "status_id.error", "status_id.detail")
    @api.depends_context("lang")
    def _compute_state_message(self):
        leading = self._with_leader()
        for pbx in self:
            pbx.connection = pbx.state if pbx in leading else "offline"
            pbx.state_message = pbx._describe_state(pbx in leading)

    def _describe_state(self, has_leader):
        """Say in words how the PBX is, and what to do if it isn't well."""
        self.ensure_one()
        if not has_leader:
            return self.env._("No connector runs for this PBX.")
        # sudo: callcenter.pbx.status: the PBX's own live state
        status = self.status_id.sudo()
        if status.state == "online":
            # What follows the "+" is the packager's.
            version = (status.version or "").partition("+")[0]
            return self.env._("Connected to Asterisk %(version)s.", version=version)
        reasons = {
            "secret": self.env._(
                "The PBX refused the AMI user or secret: check both here and in the "
                "PBX's manager.conf."
            ),
            "tls": self.env._(
                "The PBX's certificate is not accepted: %(detail)s",
                detail=status.detail or "",
            ),
            "connection": self.env._(
                "%(host)s:%(port)s can't be reached: is Asterisk running, and does its "
                "manager.conf listen there? (%(detail)s)",
                host=self.ami_host,
                port=self.ami_port,
                detail=status.detail or "",
            ),
            "timeout": self.env._(
                "The PBX does not answer: the connection will be made anew."
            ),
            "protocol": self.env._(
                "What answers at %(host)s:%(port)s is no Asterisk manager interface.",
                host=self.ami_host,
                port=self.ami_port,
            ),
        }
        return reasons.get(status.error) or self.env._("Connecting…")

    # CRUD --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        pbxs = super().create(vals_list)
        self.env["callcenter.command"]._notify_settings()
        return pbxs

    def write(self, vals):
        if vals.get("active") is False:
            self._check_no_open_calls()
        moved = {
            secret: self.filtered(lambda pbx, peer=peer: pbx._has_changed(vals, peer))
            for secret, peer in (("ami_secret", AMI_PEER), ("ari_secret", ARI_PEER))
        }
        result = super().write(vals)
        for secret, pbxs in moved.items():
            if not vals.get(f"new_{secret}"):
                # sudo: callcenter.pbx: a secret never goes to a peer it wasn't for
                pbxs.sudo()[secret] = False
        if CONNECTION_FIELDS & vals.keys():
            self.env["callcenter.command"]._notify_settings()
        return result

    def unlink(self):
        # What is said first is what can be done about it.
        self._unlink_except_with_extensions()
        self.with_context(active_test=False).trunk_ids.unlink()
        result = super().unlink()
        self.env["callcenter.command"]._notify_settings()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_extensions(self):
        if self.with_context(active_test=False).extension_ids:
            raise UserError(
                self.env._(
                    "This PBX has extensions: delete them first, or archive the PBX."
                )
            )

    @api.constrains("ami_host", "ami_user", "ari_url", "ari_user", "sip_domain")
    def _check_connection_values(self):
        names = ("ami_host", "ami_user", "ari_url", "ari_user", "sip_domain")
        for pbx in self:
            for name in names:
                value = pbx[name]
                if value and not CONNECTION_VALUE.fullmatch(value):
                    raise ValidationError(
                        self.env._(
                            "“%(value)s” can't be the PBX's “%(field)s”: it has a "
                            "space, a line break or a letter that no address has.",
                            value=value,
                            field=self._fields[name]._description_string(self.env),
                        )
                    )

    def _has_changed(self, vals, names):
        return any(name in vals and vals[name] != self[name] for name in names)

    def _check_no_open_calls(self):
        """:raise UserError: while calls are on"""
        domain = [("pbx_id", "in", self.ids), ("state", "!=", "ended")]
        if self.env["callcenter.call"].search_count(domain, limit=1):
            raise UserError(
                self.env._(
                    "Calls are on over this PBX: archive it when they have ended."
                )
            )

    # The connector -----------------------------------------------------------------

    def _with_leader(self):
        """The PBXs of these that a connector leads now, as PostgreSQL's locks say."""
        if not self.ids:
            return self
        rows = self.env.execute_query(
            SQL(
                """
                SELECT objid FROM pg_locks
                 WHERE locktype = 'advisory' AND granted AND objsubid = 2
                   AND mode = 'ExclusiveLock'
                   AND database = (
                       SELECT oid FROM pg_database WHERE datname = current_database())
                   AND classid = %s AND objid IN %s
                """,
                LOCK_CLASS,
                tuple(self.ids),
            )
        )
        leading = {row[0] for row in rows}
        return self.filtered(lambda pbx: pbx.id in leading)

    def _keep_unled(self):
        """Keep connectors from leading this PBX until the transaction ends.

        The lock is shared: requests don't wait for each other, only a leader does.

        :return: whether no connector leads it, so that the transaction may write what
            is the leader's otherwise
        """
        self.ensure_one()
        [[kept]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock_shared(%s, %s)", LOCK_CLASS, self.id)
        )
        return kept

    def _check_can_dial(self):
        """:raise UserError: when a command would not be carried out now"""
        self.ensure_one()
        if not self._with_leader():
            raise UserError(
                self.env._(
                    "Calls can't be made now: no connector runs for the PBX “%(pbx)s”. "
                    "Tell your manager.",
                    pbx=self.name,
                )
            )
        if self.state != "online":
            raise UserError(
                self.env._(
                    "Calls can't be made now: the PBX “%(pbx)s” is not connected. "
                    "Tell your manager.",
                    pbx=self.name,
                )
            )

    @api.model
    def action_read_connector(self):
        """How the connector is, for the banner on a manager's first screen.

        :return: dict of ``line`` (what the configuration file must hold), ``line_set``
            (whether it does), and ``pbxs``: list of ``id``, ``name``, ``led``,
            ``state`` and ``message``
        :raise AccessError: when called by anyone but a manager
        """
        if not self.env.user.has_group(
            "callcenter_outbound.callcenter_outbound_group_manager"
        ):
            raise AccessError(self.env._("Only managers look after the connector."))
        pbxs = self.search([("active", "=", True)])
        leading = pbxs._with_leader()
        return {
            "line": SERVER_WIDE_LINE,
            "line_set": "callcenter_outbound" in config["server_wide_modules"],
            "pbxs": [
                {
                    "id": pbx.id,
                    "name": pbx.name,
                    "led": pbx in leading,
                    "state": pbx.connection,
                    "message": pbx.state_message,
                }
                for pbx in pbxs
            ],
        }

    def action_open_rejected_events(self):
        """Open the events of this PBX that could not be applied."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "callcenter_outbound.callcenter_rejected_event_action"
        )
        return dict(action, domain=[("pbx_id", "=", self.id)])

    def action_open_extensions(self):
        """Open the extensions of this PBX."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "callcenter_outbound.callcenter_extension_action"
        )
        return dict(
            action,
            domain=[("pbx_id", "=", self.id)],
            context={"default_pbx_id": self.id},
        )

    def _connector_settings(self):
        """:return: :class:`PbxSettings` of this PBX, secrets included"""
        self.ensure_one()
        return PbxSettings(
            id=self.id,
            name=self.name,
            ami_host=self.ami_host,
            ami_port=self.ami_port,
            ami_user=self.ami_user,
            ami_secret=self.ami_secret or "",
            ami_tls=self.ami_tls,
            ari_url=self.ari_url or "",
            ari_user=self.ari_user or "",
            ari_secret=self.ari_secret or "",
            revision=self._connection_revision(),
        )

    def _connection_revision(self):
        """:return: text that changes when, and only when, the link must be made anew"""
        values = [str(self[name]) for name in sorted(CONNECTION_FIELDS)]
        return hashlib.sha256("\0".join(values).encode()).hexdigest()

    def _pick_channel(self, lost=frozenset()):
        """:param lost: see :meth:`callcenter.trunk._with_free_channel`
        :return: the first trunk with a free channel, and that channel
        :raise UserError: when the PBX has none
        """
        self.ensure_one()
        if not self.trunk_ids:
            raise UserError(
                self.env._(
                    "The PBX “%(pbx)s” has no trunk to a carrier: a manager adds one "
                    "under PBX → Trunks.",
                    pbx=self.name,
                )
            )
        free = self.trunk_ids._with_free_channel(lost)
        if not free:
            raise UserError(
                self.env._(
                    "All channels of the trunk “%(trunk)s” are in use: dial again when "
                    "a call has ended.",
                    trunk=format_list(self.env, self.trunk_ids.mapped("name")),
                )
            )
        return free[0]

    # Reload ------------------------------------------------------------------------

    def _mark_changed(self):
        """Make the managers' pages compare anew, once, when the transaction commits.

        What waits is never noted: it is the difference between the records and what
        the PBX holds.
        """
        if not self.ids:
            return
        precommit = self.env.cr.precommit
        if "callcenter_outbound.changed" not in precommit.data:
            precommit.data["callcenter_outbound.changed"] = set()
            precommit.add(self._push_changed)
        precommit.data["callcenter_outbound.changed"].update(self.ids)

    @api.model
    def _push_changed(self):
        ids = self.env.cr.precommit.data.pop("callcenter_outbound.changed", ())
        # sudo: callcenter.pbx: whoever changed a record, the managers are told
        for pbx in self.sudo().browse(ids).exists():
            pbx._push_reload("changed")

    def _push_reload(self, state, values=None):
        """Tell this PBX's managers about its reload, each in their own language.

        :param state: ``changed`` (compare again), ``running``, ``done`` or ``failed``
        :param values: function of the PBX in a manager's language; returns what the
            message has beyond the usual
        """
        self.ensure_one()
        if state != "changed":
            # by the leader's transactions alone, see callcenter.pbx.status
            self.status_id.reload_version += 1
        message = {
            "pbx_id": self.id,
            "state": state,
            "progress": False,
            "message": "",
            "applied": [],
            "version": self.status_id.reload_version,
        }
        by_lang = {}
        for user in self._managers():
            lang = user.lang
            if lang not in by_lang:
                pbx = self.with_context(lang=lang)
                by_lang[lang] = {**message, **(values(pbx) if values else {})}
            user._bus_send("callcenter_outbound/reload", by_lang[lang])

    def _managers(self):
        """The managers who may see this PBX, trusted."""
        group = self.env.ref("callcenter_outbound.callcenter_outbound_group_manager")
        # sudo: res.groups, res.users: who is told, nothing is read of them
        users = group.sudo().all_user_ids
        return users.filtered(lambda user: self.company_id in user.company_ids)

    @api.model
    def action_read_reload(self):
        """What waits for a reload, for the bar on the managers' screens.

        :return: list of the PBXs that have something to say: dicts of ``id``,
            ``name``, ``count``, ``changes`` (the first of them: ``kind``, ``name``,
            ``what``, ``text``), ``summary``, ``state`` (``waiting``, ``running`` or
            ``failed``), ``progress`` (``done`` and ``total``, or false), ``message``
            and ``version``
        :raise AccessError: when called by anyone but a manager
        """
        self._check_manager()
        pbxs = self.search([("active", "=", True)])
        return [values for pbx in pbxs if (values := pbx._reload_values())]

    def _check_manager(self):
        if not self.env.user.has_group(
            "callcenter_outbound.callcenter_outbound_group_manager"
        ):
            raise AccessError(self.env._("Only managers set the PBX up."))

    def _reload_values(self):
        """:return: what the bar shows of this PBX, false for nothing"""
        self.ensure_one()
        # sudo: callcenter.pbx.section, callcenter.command: the PBX's own; the hashes
        # in them aren't shown
        trusted = self.sudo()
        sections = trusted.env["callcenter.pbx.section"]
        changes, count = sections._read_changes(trusted)
        command = trusted.env["callcenter.command"]._last_reload(trusted)
        running = command._is_running()
        if not count and not running:
            return False
        texts = sections._describe(trusted, changes)
        refused = [change for change in changes if change.what == "refused"]
        message = ""
        if not running and command.state == "failed":
            message = command._describe_failure()
        elif not running:
            message = trusted._describe_refused(refused)
        status = trusted.status_id
        started = running and command.state == "sent" and status.reload_total
        return {
            "id": self.id,
            "name": self.name,
            "count": count,
            "changes": [
                {
                    "kind": change.kind,
                    "name": change.name,
                    "what": change.what,
                    "text": text,
                }
                for change, text in zip(changes, texts, strict=True)
            ],
            "summary": sections._summarize(texts, count),
            "state": "running" if running else "failed" if message else "waiting",
            "progress": bool(started)
            and {"done": status.reload_done, "total": status.reload_total},
            "message": message,
            "version": status.reload_version,
        }

    def _describe_changes(self, changes):
        """:return: list of a sentence for each of the first, and how many more"""
        named = changes[:NAMED_CHANGES]
        texts = self.env["callcenter.pbx.section"]._describe(self, named)
        if len(changes) > len(named):
            count = len(changes) - len(named)
            texts.append(self.env._("%(count)s more", count=count))
        return texts

    def _describe_refused(self, refused):
        """:return: a sentence on the changes that the PBX did not take, or nothing"""
        if not refused:
            return ""
        sections = self.env["callcenter.pbx.section"]
        texts = sections._describe(self, refused[:NAMED_CHANGES])
        return self.env._(
            "The PBX did not take everything: %(what)s.",
            what=sections._summarize(texts, len(refused)),
        )

    def action_reload(self):
        """Make the PBX take up what was changed in Odoo.

        It is done by the connector; how far it is, and what came of it, comes by the
        bus. Asked for again while it is on, nothing more is done.

        :return: true
        :raise UserError: when the PBX can't be reached
        :raise AccessError: when called by anyone but a manager
        """
        self._check_manager()
        self.check_access("write")
        # sudo: callcenter.command: the outbox; who may reload was checked
        commands = self.env["callcenter.command"].sudo()
        for pbx in self:
            if commands._last_reload(pbx)._is_running():
                continue
            pbx._check_can_reload()
            commands._enqueue(pbx, "reload", "")
        return True

    def _check_can_reload(self):
        """:raise UserError: when the PBX can't be reached now"""
        self.ensure_one()
        if self._with_leader() and self.state == "online":
            return
        raise UserError(
            self.env._(
                "The PBX “%(pbx)s” can't be reached, so the changes wait. %(why)s",
                pbx=self.name,
                why=self.state_message,
            )
        )

    def _store_sections(self, sections):
        """Keep what the PBX holds, as the connector read it back.

        :return: whether anything is another now
        """
        self.status_id.sections_read_at = fields.Datetime.now()
        return self.env["callcenter.pbx.section"]._store(self, sections)

    def _apply_sections_read(self, event, clock):
        if self._store_sections(event.sections):
            self._push_reload("changed")

    def _end_broken_reload(self):
        """Fail a reload that was on when the link fell: nobody else will end it."""
        command = self.env["callcenter.command"]._last_reload(self)
        if command.state == "sent":
            command.write({"state": "failed", "error": "lost"})
            command._push_failed_reload()

    # Events ------------------------------------------------------------------------

    @api.model
    def _event_methods(self):
        """Which model and method apply which domain event.

        Modules that bring events of their own add them to what ``super()`` returns.

        :return: dict of the event's class name -> (model name, method name)
        """
        return {
            "AgentDialed": ("callcenter.call", "_apply_agent_dialed"),
            "AgentRinging": ("callcenter.call", "_apply_agent_ringing"),
            "AgentAnswered": ("callcenter.call", "_apply_agent_answered"),
            "CustomerDialed": ("callcenter.call", "_apply_customer_dialed"),
            "CustomerRinging": ("callcenter.call", "_apply_customer_ringing"),
            "CustomerAnswered": ("callcenter.call", "_apply_customer_answered"),
            "CallEnded": ("callcenter.call", "_apply_call_ended"),
            "PhoneChanged": ("callcenter.extension", "_apply_phone_changed"),
            "TrunkChanged": ("callcenter.trunk", "_apply_trunk_changed"),
            "SectionsRead": ("callcenter.pbx", "_apply_sections_read"),
            "ReloadProgress": ("callcenter.command", "_apply_reload_progress"),
            "ReloadDone": ("callcenter.command", "_apply_reload_done"),
            "PbxChanged": ("callcenter.pbx", "_apply_pbx_changed"),
            "CommandDone": ("callcenter.command", "_apply_command_done"),
            "CommandFailed": ("callcenter.command", "_apply_command_failed"),
        }

    def _apply_events(self, events, clock_offset=0.0):
        """Apply one ordered batch of domain events of this PBX.

        Applying is idempotent: the same event a second time changes nothing.

        :param events: sequence of ``connector.core.events`` values
        :param clock_offset: seconds to add to the PBX's clock to have Odoo's
        """
        self.ensure_one()
        records = self._find_event_records(events)
        for event in events:
            self._apply_event(event, records, clock_offset)
        self.env["callcenter.call"]._push_changes()

    def _apply_event(self, event, records, clock_offset):
        kind = type(event).__name__
        methods = self._event_methods()
        if kind not in methods:
            _logger.debug("No use for the event %s", kind)
            return
        model_name, method = methods[kind]
        record = records[model_name].get(self._event_key(event, model_name))
        if not record:
            _logger.debug("%s of something that Odoo does not know", kind)
            return
        getattr(record, method)(event, EventClock(clock_offset))

    def _event_key(self, event, model_name):
        """What tells which record of ``model_name`` the event speaks of."""
        return {
            "callcenter.call": lambda: event.call_key,
            "callcenter.extension": lambda: event.extension,
            "callcenter.trunk": lambda: event.trunk,
            "callcenter.command": lambda: event.command_id,
            "callcenter.pbx": lambda: self.id,
        }[model_name]()

    def _find_event_records(self, events):
        """Fetch what a batch speaks of: one query per model, whatever its size.

        :return: dict of model name -> dict of :meth:`_event_key` -> record
        """
        call_keys = {event.call_key for event in events if hasattr(event, "call_key")}
        numbers = {event.extension for event in events if hasattr(event, "extension")}
        ids = {event.command_id for event in events if hasattr(event, "command_id")}
        calls = self.env["callcenter.call"].search(
            [("uniqueid", "in", list(call_keys)), ("kind", "=", "main")]
        )
        extensions = (
            self.env["callcenter.extension"]
            .with_context(active_test=False)
            .search([("pbx_id", "=", self.id), ("number", "in", list(numbers))])
        )
        commands = self.env["callcenter.command"].browse(ids).exists()
        names = {event.trunk for event in events if hasattr(event, "trunk")}
        trunks = self.env["callcenter.trunk"].search(
            [("pbx_id", "=", self.id), ("name", "in", list(names))]
        )
        return {
            "callcenter.call": {call.uniqueid: call for call in calls},
            "callcenter.extension": {phone.number: phone for phone in extensions},
            "callcenter.trunk": {trunk.name: trunk for trunk in trunks},
            "callcenter.command": {command.id: command for command in commands},
            "callcenter.pbx": {self.id: self},
        }

    def _apply_pbx_changed(self, event, clock):
        self.status_id.write(
            {
                "state": event.state,
                # A PBX that can't be reached has no clock: this is Odoo's.
                "since": EventClock().to_datetime(event.at),
                "error": event.error,
                "detail": event.detail,
                "version": event.version or self.status_id.version,
            }
        )
        if event.state != "online":
            self._end_broken_reload()
        self._tell_live_state("callcenter_outbound/pbx")
        self.extension_ids.agent_ids._push_state()
