import io
from pathlib import Path

import polib

from odoo.tests import tagged
from odoo.tests.common import TransactionCase
from odoo.tools.translate import trans_export

MODULE = "callcenter_outbound"
TEMPLATE = Path(__file__).parents[1] / "i18n" / f"{MODULE}.pot"


@tagged("post_install", "-at_install", "callcenter")
class TestTranslations(TransactionCase):
    def test_the_template_is_fresh(self):
        """Each text that users see is in the template, in the places it is at."""
        stream = io.BytesIO()
        trans_export(None, [MODULE], stream, "po", self.env)
        exported = self._places(polib.pofile(stream.getvalue().decode()))
        committed = self._places(polib.pofile(str(TEMPLATE)))
        if not self.env.ref(f"base.module_{MODULE}").demo:
            committed = self._without_absent_records(committed, exported)
        stale = {
            term
            for term in exported.keys() | committed.keys()
            if exported.get(term) != committed.get(term)
        }
        self.assertFalse(
            stale, f"{TEMPLATE.name} is stale: run `make translations`, then translate"
        )

    def _places(self, file):
        """Term -> the models, fields and files where it stands."""
        return {
            entry.msgid: {place for place, _line in entry.occurrences} for entry in file
        }

    def _without_absent_records(self, terms, exported):
        """The terms less the places in records that this database lacks: the
        template names the demonstration records too."""
        kept = {}
        for term, places in terms.items():
            known = exported.get(term, set())
            here = {place for place in places if place in known or self._is_here(place)}
            if here:
                kept[term] = here
        return kept

    def _is_here(self, place):
        kind, _, rest = place.partition(":")
        if kind != "model":
            return True
        name = rest.rpartition(":")[2]
        return bool(self.env.ref(name, raise_if_not_found=False))

    def test_chinese(self):
        """A few texts of each kind, as a Chinese user has them."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search(
            [("name", "=", MODULE)]
        )._update_translations(["zh_CN"])
        env = self.env(context={"lang": "zh_CN"})
        menu = env.ref(f"{MODULE}.callcenter_extension_menu")
        self.assertEqual(menu.name, "设备管理")
        status = env["callcenter.task"].fields_get(["status"])["status"]
        self.assertEqual(status["string"], "处理状态")
        self.assertIn(("follow_up", "继续跟踪"), status["selection"])
        connection = env["callcenter.pbx"].fields_get(["connection"])["connection"]
        self.assertIn(("online", "在线"), connection["selection"])
        call = env["callcenter.call"].new({"state": "ended", "reason": "agent_busy"})
        self.assertEqual(call.message, "您的话机正忙。")
        view = env["callcenter.call"].get_view(view_type="search")["arch"]
        self.assertIn("未应答", view)
