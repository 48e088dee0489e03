"""What nobody allowed to be seen isn't: no way through Odoo leads an agent to it.

Marks are planted in all that is hidden from an agent whose dial plan shows nothing;
then what the agent can call is called: no answer, error or log line may hold a mark.
"""

import json
import logging
import re
from collections import defaultdict
from contextlib import contextmanager
from unittest.mock import patch
from urllib.parse import urlencode

from odoo import api
from odoo.fields import Command
from odoo.http import Request, serialize_exception
from odoo.service.model import call_kw
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools.json import json_default

from odoo.addons.base.models.res_users import ResUsers

from .common import GROUP, CallcenterCase, answered_call
from .leak_calls import Calls, is_ours
from .leak_marks import Marks
from .leak_plants import Plants

#: Errors that answer the caller: with no, or with what is wrong with his arguments.
ANSWERS = frozenset(
    {
        "AccessDenied",
        "AccessError",
        "MissingError",
        "RedirectWarning",
        "UserError",
        "ValidationError",
    }
)
#: Field of a contact -> labels of the marks that come with it.
SHOWN_WITH = {
    "commercial_company_name": {"customer.name"},
    "commercial_partner_id": {"customer.name", "customer's company.name"},
    "complete_name": {"customer.name", "customer's company.name"},
    "email_normalized": {"customer.email"},
    "name": {"customer's company.name"},
    "parent_id": {"customer's company.name"},
    "phone": {"number of 7001"},
    "phone_sanitized": {"customer.phone"},
}


class LeakCase(CallcenterCase):
    """Marks are planted; :meth:`_catch` looks for them in a text."""

    def setUp(self):
        super().setUp()
        self.marks = Marks("what nobody allowed to be seen")
        self.plants = Plants(self, self.marks).plant()
        #: Label of a mark -> where it turned up.
        self.caught = defaultdict(set)
        self.user = self.agent.user_id

    def _catch(self, where, text):
        for label in self.marks.find(text):
            self.caught[label].add(where)

    @contextmanager
    def _catching_logs(self):
        """Look for marks in what is logged meanwhile, from INFO on; give its lines."""
        logger = logging.getLogger("odoo")
        lines, level = [], logger.level
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(record.getMessage())
        logger.addHandler(handler)
        logger.setLevel("INFO")
        try:
            yield lines
        finally:
            logger.setLevel(level)
            logger.removeHandler(handler)
        for line in lines:
            self._catch("the log", line)

    def _assert_nothing_caught(self):
        report = "\n".join(
            f"{label}: {', '.join(sorted(places)[:10])}"
            for label, places in sorted(self.caught.items())
        )
        self.assertFalse(report, f"Marks turned up:\n{report}")

    def _call(self, model, method, args, kwargs, user=None):
        """Call a method as RPC does, in a transaction of its own, and undo it.

        :return: (name of the class of the error, if any; the answer as text)
        """
        with quiet(), self.env.cr.savepoint(flush=False) as savepoint:
            with self.registry.cursor() as cr:
                env = api.Environment(cr, (user or self.user).id, {"lang": "en_US"})
                try:
                    answer = call_kw(env[model], method, args, kwargs)
                    cr.flush()
                    error = ""
                except Exception as exception:
                    error = type(exception).__name__
                    answer = serialize_exception(exception)
                cr.rollback()
            savepoint.rollback()
        return error, json.dumps(answer, default=to_json, ensure_ascii=False)

    def _crawl(self, model, user=None):
        """Call what can be called of a model, and look for marks in the answers.

        :return: dict of method -> names of the errors that were the only answers
        """
        errors = defaultdict(set)
        calls = Calls(self.plants, user or self.user)
        for method, args, kwargs in calls.of_model(model):
            error, text = self._call(model, method, args, kwargs, user)
            self._catch(f"{model}.{method}", text)
            errors[method].add(error)
        return {
            method: names
            for method, names in errors.items()
            if not names & (ANSWERS | {""})
        }


@contextmanager
def quiet():
    """Keep what is logged meanwhile from the log: refused calls are meant here.

    What listens to Odoo's own loggers hears it all the same.
    """
    kept = {}
    for name in ("odoo", "werkzeug", "py.warnings"):
        logger = logging.getLogger(name)
        handler = logging.NullHandler()
        kept[logger] = (logger.propagate, handler)
        logger.propagate = False
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger, (propagate, handler) in kept.items():
            logger.propagate = propagate
            logger.removeHandler(handler)


def to_json(value):
    try:
        return json_default(value)
    except (TypeError, ValueError):
        return str(value)


@tagged("post_install", "-at_install", "callcenter")
class TestLeaksByMethods(LeakCase):
    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        # As if in debug mode: errors say more then.
        self.patch(ResUsers, "has_group", ResUsers._has_group)

    def test_no_method_of_any_model_shows_a_mark(self):
        unanswered = {}
        with self._catching_logs() as lines:
            for model in self.env.registry:
                for method, errors in self._crawl(model).items():
                    unanswered[model, method] = errors
        self._assert_nothing_caught()
        self.assertTrue(lines, "the log was read")
        self._assert_ours_answer(unanswered)

    def _assert_ours_answer(self, unanswered):
        """Ours can all be called with made-up arguments, so that new ones are tried."""
        ours = {
            f"{model}.{method}": errors
            for (model, method), errors in unanswered.items()
            if is_ours(self.env[model], method) and not self.env[model]._abstract
        }
        self.assertFalse(ours, "no arguments could be made up for these: leak_calls.py")

    # The net itself ----------------------------------------------------------------

    def test_a_method_that_shows_a_name_is_caught(self):
        with patch.object(
            type(self.env["callcenter.task"]),
            "action_show",
            lambda self: self.sudo().partner_id.mapped("name"),
            create=True,
        ):
            self._crawl("callcenter.task")
        with self.assertRaisesRegex(
            AssertionError, "customer.name: callcenter.task.ac"
        ):
            self._assert_nothing_caught()

    def test_a_method_that_cant_be_called_is_reported(self):
        def action_odd(self, gizmo):
            return gizmo.wibble()

        with patch.object(
            type(self.env["callcenter.task"]), "action_odd", action_odd, create=True
        ):
            unanswered = self._crawl("callcenter.task")
        self.assertEqual(set(unanswered), {"action_odd"})

    def test_a_field_that_is_not_guarded_is_caught(self):
        number = self.env["callcenter.task.number"]._fields["number"]
        with patch.object(number, "groups", None):
            self._crawl("callcenter.task.number")
        self.assertIn("number of 7001", self.caught)

    def test_who_may_see_contacts_finds_every_mark_of_theirs(self):
        self.user.group_ids = [Command.link(self.env.ref(f"{GROUP}all_contacts").id)]
        self._crawl("res.partner")
        own = {
            f"customer.{name}"
            for name, field in self.env["res.partner"]._fields.items()
            if not field.groups
        } & self.marks.labels
        self.assertGreater(len(own), 15)
        self.assertFalse(own - set(self.caught))

    def test_the_use_cases_find_every_mark_that_the_plan_shows(self):
        lines = self.env["callcenter.dial.plan.field"]
        names = dict(lines._list_contact_fields())
        self.plan.field_ids.unlink()
        self.env["callcenter.task.change"].search([]).unlink()
        lines.create(
            [{"plan_id": self.plan.id, "name": name, "visible": True} for name in names]
        )
        self.env.flush_all()
        self._use_cases()
        planted = {f"customer.{name}" for name in names} & self.marks.labels
        self.assertGreater(len(planted), 15)
        self.assertFalse(planted - set(self.caught))
        others = {label for label in self.caught if label.startswith("other")}
        self.assertFalse(others)

    def test_each_field_shows_its_own_mark_and_no_other(self):
        lines = self.env["callcenter.dial.plan.field"]
        self.plan.field_ids.unlink()
        self.env["callcenter.task.change"].search([]).unlink()
        for name in dict(lines._list_contact_fields()):
            line = lines.create(
                {"plan_id": self.plan.id, "name": name, "visible": True}
            )
            self.env.flush_all()
            self.caught.clear()
            self._use_cases()
            line.unlink()
            own = {f"customer.{name}"}
            with self.subTest(field=name):
                self.assertFalse(set(self.caught) - own - SHOWN_WITH.get(name, set()))
                self.assertFalse((own & self.marks.labels) - set(self.caught))

    def _use_cases(self):
        """Call what an agent's page is made of."""
        for model, method, args in (
            ("callcenter.agent", "action_read_workspace", []),
            ("callcenter.task", "action_list", [self.plan.id]),
            ("callcenter.task", "action_read_task", [[self.task.id]]),
            ("callcenter.task", "action_read_customer", [[self.task.id]]),
            ("callcenter.task", "read", [[self.task.id]]),
        ):
            error, text = self._call(model, method, args, {})
            self.assertFalse(error, text)
            self._catch(method, text)

    def test_marks_are_found_however_they_are_written(self):
        text, phone = self.marks.text("a text"), self.marks.phone("a phone")
        digits = phone.replace(" ", "")
        day = self.marks.day("a day")
        for written, label in (
            (f"<b>{text.upper()}</b>", "a text"),
            (f'["{phone}"]', "a phone"),
            (f"tel:{digits}", "a phone"),
            (digits.removeprefix("+86"), "a phone"),
            (f"({digits[:6]}) {digits[6:9]}-{digits[9:]}", "a phone"),
            (str(self.marks.integer("a number")), "a number"),
            (f"{day} 08:00:00", "a day"),
            (f"{day:%m/%d/%Y}", "a day"),
            (f"{day:%B %Y}", "a day"),
        ):
            with self.subTest(written=written):
                self.assertEqual(self.marks.find(written), {label})
        for written in ("", "zqxj", digits[-4:], "1850", "2026-01-01"):
            with self.subTest(written=written):
                self.assertFalse(self.marks.find(written))


@tagged("post_install", "-at_install", "callcenter")
class TestOracles(LeakCase):
    """Questions whose answer would tell a hidden value, which itself never shows."""

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()

    def _open_models(self):
        """Models that an agent reads, of which rows hold a mark or are ours."""
        for name in self.env.registry:
            model = self.env[name].with_user(self.user)
            if (
                not model._abstract
                and not model._transient
                and (self.plants.ids(name) or name.startswith("callcenter."))
                and model.has_access("read")
            ):
                yield model

    def _marked_values(self, model):
        """:return: dict of field name -> a value that is a mark, of a planted row"""
        values = {}
        for record in self.plants.records.get(model._name, ()):
            for name, field in model._fields.items():
                if field.store and field.type in ("char", "text", "html"):
                    value = record[name]
                    if value and self.marks.find(str(value)):
                        values.setdefault(name, str(value))
        return values

    def _answer(self, model, method, *args, **kwargs):
        error, text = self._call(model._name, method, list(args), kwargs)
        # Errors repeat the question; whether there is one is all that they may tell.
        return error or text

    def _probes(self, model):
        """:return: iterator of (path of fields, a hidden value at its end)"""
        for name, value in self._marked_values(model).items():
            yield name, value
        for name, field in model._fields.items():
            comodel = self.env.get(field.comodel_name) if field.relational else None
            if comodel is None or comodel._name == "res.users":
                continue
            for last, value in self._marked_values(comodel).items():
                yield f"{name}.{last}", value
            if not model._name.startswith("callcenter."):
                continue
            for middle, further in comodel._fields.items():
                if further.relational and further.comodel_name == "res.partner":
                    yield f"{name}.{middle}.name", self.plants.customer.name
                    yield f"{name}.{middle}.phone", self.plants.customer.phone

    def test_no_domain_tells_a_hidden_value(self):
        absent = self.marks.text("stands nowhere")
        count = 0
        for model in self._open_models():
            for path, value in self._probes(model):
                for operator in ("=", "ilike"):
                    answers = [
                        self._answer(model, "search_count", [(path, operator, probe)])
                        for probe in (value, absent)
                    ]
                    count += 1
                    with self.subTest(model=model._name, path=path, operator=operator):
                        self.assertEqual(*answers)
        self.assertGreater(count, 100)

    def test_no_contact_is_found_by_its_id_or_name(self):
        hidden, absent = self.plants.customer, 2**31 - 1
        for model in self._open_models():
            for name, field in model._fields.items():
                if not field.relational or field.comodel_name != "res.partner":
                    continue
                for operator, probes in (
                    ("=", (hidden.id, absent)),
                    ("child_of", (hidden.id, absent)),
                    ("ilike", (hidden.name, self.marks.text("stands nowhere"))),
                ):
                    answers = [
                        self._answer(model, "search_count", [(name, operator, probe)])
                        for probe in probes
                    ]
                    with self.subTest(model=model._name, field=name, operator=operator):
                        self.assertEqual(*answers)

    def test_no_order_and_no_group_tells_a_hidden_value(self):
        """The answers are the same after what is hidden has changed."""
        self._create_task(self.agent)
        own = self.env["callcenter.task"].search([("agent_id", "=", self.agent.id)])
        self._change_customers(own)
        questions = [
            (model, method, args, kwargs)
            for model in self._open_models()
            if model._name.startswith("callcenter.")
            for name in model._fields
            for method, args, kwargs in (
                ("search", [[]], {"order": f"{name}, id"}),
                ("search", [[]], {"order": f"{name} desc, id"}),
                ("formatted_read_group", [[], [name]], {"aggregates": ["__count"]}),
                ("web_search_read", [[], {name: {}}], {"order": f"{name}, id"}),
            )
        ]
        before = [
            self._answer(*question[:2], *question[2], **question[3])
            for question in questions
        ]
        self._change_customers(reversed(own))
        changed = set()
        for question, answer in zip(questions, before, strict=True):
            now = self._answer(*question[:2], *question[2], **question[3])
            if now != answer:
                changed.add((question[0]._name, question[1], str(question[2:])))
        self.assertFalse(changed)

    def _change_customers(self, tasks):
        for number, task in enumerate(tasks):
            task.partner_id.write(
                {"name": f"{number} changed", "email": f"{number}@example.com"}
            )
            # Separators and the last two digits are shown.
            task.number_ids.number = f"+86 13{number} 0000 1111"
        self.env.flush_all()


@tagged("post_install", "-at_install", "callcenter")
class TestLeaksByPages(LeakCase, HttpCase):
    """What goes over the wire: use cases, routes, the bus."""

    def _post(self, url, /, **params):
        response = self.url_open(
            url,
            data=json.dumps({"params": params}),
            headers={"Content-Type": "application/json"},
        )
        self._catch(url, response.text)
        return response

    def _use(self, model, method, *args):
        answer = self._post(
            "/web/dataset/call_kw", model=model, method=method, args=args, kwargs={}
        ).json()
        self.assertNotIn("error", answer)
        return answer["result"]

    def test_a_whole_call_shows_no_mark(self):
        self.authenticate(self.user.login, self.user.login)
        with self._catching_logs():
            self._use("callcenter.agent", "action_read_workspace")
            self._use("callcenter.task", "action_list", self.plan.id)
            self._use("callcenter.task", "action_read_task", [self.task.id])
            call_id = self._use("callcenter.task", "action_dial", [self.task.id])
            call = self.env["callcenter.call"].browse(call_id)
            for event in answered_call(call.uniqueid):
                self._apply(event)
                self._use("callcenter.agent", "action_read_workspace")
            self._use(
                "callcenter.task",
                "action_save_contact_record",
                [self.task.id],
                {"result_id": self.answered_result.id, "status": "in_progress"},
            )
            self._use("callcenter.task", "action_read_task", [self.task.id])
            self.other_task.agent_id = self.agent
            self.plan.with_user(self.manager).action_pause()
            kinds = self._listen()
        self.assertIn("callcenter_outbound/call", kinds)
        self.assertIn("callcenter_outbound/tasks", kinds)
        self._assert_nothing_caught()

    def _listen(self):
        """Look for marks in what the bus has for the agent.

        :return: set of the kinds of its messages
        """
        self.env.cr.flush()
        response = self._post(
            "/websocket/peek_notifications", channels=[], last=0, is_first_poll=True
        )
        messages = response.json()["result"]["notifications"]
        return {message["message"]["type"] for message in messages}

    def test_no_route_shows_a_mark(self):
        self.authenticate(self.user.login, self.user.login)
        # Errors say more in debug mode.
        self.url_open("/odoo?debug=1")
        asked = set()
        for rule in self.env["ir.http"].routing_map().iter_rules():
            routing = rule.endpoint.routing
            if rule.rule in asked or is_left_out(rule.rule):
                continue
            asked.add(rule.rule)
            calls = Calls(self.plants, self.user)
            for values in calls.arguments(rule.endpoint.original_endpoint):
                with quiet():
                    self._ask(rule, routing, {**rule_values(rule, values), **values})
        self.assertGreater(len(asked), 100)
        self._assert_nothing_caught()

    def _ask(self, rule, routing, values):
        url = re.sub(
            r"<(?:[^<>]*:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule
        )
        left = {
            key: value for key, value in values.items() if f"{key}>" not in rule.rule
        }
        if routing["type"] != "http":
            self._post(url, **left)
            return
        methods = routing.get("methods") or ["GET"]
        if "GET" in methods:
            response = self.url_open(f"{url}?{urlencode(left)}", allow_redirects=False)
        else:
            left["csrf_token"] = Request.csrf_token(self)
            response = self.url_open(url, data=left, allow_redirects=False)
        self._catch(rule.rule, response.content.decode("latin-1"))
        self._catch(rule.rule, str(response.headers))


#: Beginnings of routes that aren't asked -> why.
LEFT_OUT = {
    "/web/database": "of no database; each asks for the master password",
    "/web/session/logout": "ends the session",
    "/web/session/destroy": "ends the session",
    "/web/session/authenticate": "makes another session",
    "/web/login": "makes another session; the log-in page has tests of its own",
    "/web/become": "for administrators: makes another session",
    "/web/signup": "makes another user",
    "/web/reset_password": "sends mail",
    "/web/tests": "pages of tests",
    "/websocket": "asked by the test that listens",
    "/json/2": "the same methods as call_kw, with a key for the caller",
    "/json/1": "the same, with a key for the caller",
    "/doc-bearer": "the same as /doc, with a key for the caller",
    "/xmlrpc": "the same methods as call_kw, with a password",
    "/jsonrpc": "the same methods as call_kw, with a password",
    "/mail/font_to_img": "draws letters of a font",
    "/web/assets": "bundles of scripts",
    "/web/bundle": "bundles of scripts",
    "/bus/websocket_worker_bundle": "a script",
    "/web/filestore": "answered by the web server in front, or not at all",
}


def is_left_out(rule):
    return any(rule.startswith(beginning) for beginning in LEFT_OUT)


def rule_values(rule, values):
    """:return: dict of a value for each place in a route's path"""
    subject = values.get("id") or values.get("res_id") or 1
    return {
        name: {"model": "res.partner", "field": "avatar_128", "path": "x"}.get(
            name, subject
        )
        for name in rule.arguments
    }


@tagged("post_install", "-at_install", "callcenter")
class TestConfinedAgents(CallcenterCase):
    """Agents who see no contacts work with their colleagues as ever."""

    def test_agents_chat_with_colleagues(self):
        user, colleague = self.agent.user_id, self.supervisor.partner_id
        channels = self.env["discuss.channel"].with_user(user)
        channel = channels._create_group(partners_to=colleague.ids, name="Team")
        attachment = self.env["ir.attachment"].with_user(user).create({"name": "a.txt"})
        message = channel.message_post(
            body="Hello",
            partner_ids=colleague.ids,
            attachment_ids=attachment.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        answer = channel.with_user(self.supervisor).message_post(
            body="Hello to you", partner_ids=user.partner_id.ids, parent_id=message.id
        )
        self.env.invalidate_all()
        seen = channel.with_user(user).message_ids
        self.assertLessEqual(message | answer, seen)
        self.assertIn("cc_supervisor", answer.with_user(user).author_id.display_name)

    def test_agents_find_colleagues_and_companies(self):
        partners = self.env["res.partner"].with_user(self.agent.user_id)
        found = dict(partners.name_search("cc_supervisor"))
        self.assertIn(self.supervisor.partner_id.id, found)
        company = self.env.company.partner_id
        self.assertEqual(partners.browse(company.id).display_name, company.display_name)

    def test_agents_get_their_own_activities(self):
        user = self.agent.user_id
        own = user.partner_id.activity_schedule(
            "mail.mail_activity_data_todo", user_id=user.id
        )
        customers = self.partner.activity_schedule(
            "mail.mail_activity_data_todo", user_id=user.id
        )
        found = self.env["mail.activity"].with_user(user).search([])
        self.assertIn(own, found)
        self.assertNotIn(customers, found)

    def test_agents_change_their_own_preferences(self):
        user = self.agent.user_id.with_user(self.agent.user_id)
        user.write({"signature": "Yours", "tz": "Asia/Shanghai"})
        settings = (
            self.env["res.users.settings"]
            .with_user(user)
            ._find_or_create_for_user(user)
        )
        self.assertTrue(settings)

    def test_a_contact_has_its_name_for_everybody_else(self):
        needs = f"{GROUP}agent,{GROUP}all_contacts"
        for user in (
            self.supervisor,
            self.manager,
            new_test_user(self.env, "cc_all", groups=needs),
            new_test_user(self.env, "cc_plain", groups="base.group_user"),
        ):
            with self.subTest(login=user.login):
                self.assertEqual(
                    self.partner.with_user(user).display_name, "Hidden Customer"
                )
        agent = self.agent.user_id
        self.assertEqual(self.partner.with_user(agent).sudo().display_name, "Contact")
        self.assertEqual(self.partner.display_name, "Hidden Customer")
