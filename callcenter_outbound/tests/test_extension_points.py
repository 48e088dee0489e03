"""What other modules build on, tried with model classes made for the test."""

from dataclasses import dataclass

from odoo import fields, models
from odoo.tests import tagged

from .common import CallcenterCase, answered_call
from .fake_model_loader import DEFINITIONS, FakeModelLoader

MODULE = "callcenter_outbound"


@dataclass(frozen=True, slots=True)
class LicenceChanged:
    """An event that this module knows nothing of."""

    seats: int
    at: float


@tagged("post_install", "-at_install", "callcenter")
class TestExtensionPoints(CallcenterCase):
    def setUp(self):
        super().setUp()
        self.loader = FakeModelLoader(self.env, self.__module__)
        self.loader.backup_registry()
        self.addCleanup(self.loader.restore_registry)

    # The `super()` in it is that of the model's own method.
    # pylint: disable=missing-return
    def _load_models(self):
        """Load what a module with an event and a model of its own would define."""

        class Pbx(models.Model):
            _inherit = "callcenter.pbx"

            licence_seats = fields.Integer()

            def _event_methods(self):
                return {
                    **super()._event_methods(),
                    "LicenceChanged": ("callcenter.pbx", "_apply_licence_changed"),
                }

            def _apply_licence_changed(self, event, clock):
                self.licence_seats = event.seats
                self.env["callcenter.licence"].create(
                    {"pbx_id": self.id, "since": clock.to_datetime(event.at)}
                )

        class Licence(models.Model):
            _name = "callcenter.licence"
            _description = "Licence"

            pbx_id = fields.Many2one("callcenter.pbx")
            since = fields.Datetime()

        self.loader.update_registry((Pbx, Licence))

    def _registry_state(self):
        """What a fake model would leave behind."""
        return {
            "definitions": list(DEFINITIONS[MODULE]),
            "models": {
                name: (model, model.__bases__, model._base_classes__)
                for name, model in self.registry.models.items()
            },
            "fields": {
                name: sorted(model._fields)
                for name, model in self.registry.models.items()
            },
        }

    def test_a_module_adds_an_event_of_its_own(self):
        self._load_models()
        call = self._dial()
        key = call.uniqueid
        begin, *others = answered_call(key)
        self._apply(begin, LicenceChanged(30, 1000.0), *others)
        self.assertEqual(self.pbx.licence_seats, 30)
        self.assertEqual(len(self.env["callcenter.licence"].search([])), 1)
        self.assertEqual(call.outcome, "answered", "the known events go on")

    def test_an_unknown_event_is_passed_over(self):
        call = self._dial()
        begin, *others = answered_call(call.uniqueid)
        self._apply(begin, LicenceChanged(30, 1000.0), *others)
        self.assertEqual(call.outcome, "answered")

    def test_the_registry_is_restored(self):
        before = self._registry_state()
        self._load_models()
        self.assertIn("callcenter.licence", self.env)
        self.assertIn("licence_seats", self.pbx._fields)
        self.loader.restore_registry()
        self.assertEqual(self._registry_state(), before)
        self.assertNotIn("callcenter.licence", self.env)
        self.assertNotIn("LicenceChanged", self.pbx._event_methods())
        self._apply(LicenceChanged(30, 1000.0))
        self.assertEqual(self.pbx.extension_count, 2, "the models work as before")
