"""Model classes that exist only while a test runs.

They come by ``FakeModelLoader`` of odoo-test-helper, whose last release, 2.1.3, knows
Odoo up to 18. Odoo 19 has changed four things that it relies on, each of which is made
up for here:

- ``MetaModel.module_to_models`` has another name, so that the package can't even be
  imported;
- ``Registry.load`` and ``Registry.setup_models`` take other arguments, and the latter
  has another name;
- ``load`` takes a model that is defined a second time for a new one, without what
  other modules have added to it meanwhile, so that it must be given the new classes
  alone;
- a model's fields are a view that can't be replaced, and its bases are also kept in an
  attribute of its own, so that the registry has to be set up again at the end.

Once a release of the package does this by itself, this file can go. Nothing of
``odoo.orm`` is imported, which Odoo forbids to modules.
"""

import copy
from types import SimpleNamespace
from unittest.mock import patch

from odoo.models import MetaModel

#: Module name -> the model classes that it defines.
DEFINITIONS = MetaModel._module_to_models__

#: What Odoo keeps on a model's class and doesn't work out again at the set-up.
KEPT_ATTRIBUTES = (
    "_base_classes__",
    "_depends",
    "_description",
    "_inherit_children",
    "_inherit_module",
    "_inherits",
    "_inherits_children",
    "_log_access",
    "_table",
)

MetaModel.module_to_models = DEFINITIONS
try:
    from odoo_test_helper import FakeModelLoader as LoaderUpTo18
finally:
    del MetaModel.module_to_models


class RegistryAsIn18:
    """A registry that is called as in Odoo 18."""

    def __init__(self, registry, loader):
        self._registry = registry
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._registry, name)

    def __getitem__(self, model_name):
        return self._registry[model_name]

    def load(self, cr, package):
        """Add the classes that the module did not have before.

        :return: the names of their models
        """
        known = self._loader._original_module_to_models[package.name]
        new = [model for model in DEFINITIONS[package.name] if model not in known]
        with patch.dict(DEFINITIONS, {package.name: new}):
            return self._registry.load(package)

    def setup_models(self, cr):
        """Set up all models: their bases, fields, and what depends on what."""
        self._registry._setup_models__(cr)


class FakeModelLoader(LoaderUpTo18):
    """Adds model classes to the registry of a test, and takes them out again.

    Define or import the classes after :meth:`backup_registry`: Odoo counts each one
    among its module's from then on. :meth:`update_registry` takes a tuple of them.
    """

    def __init__(self, env, module):
        """
        :param env: the test's environment
        :param module: ``__module__`` of the test case
        """
        super().__init__(env, module)
        self.env = SimpleNamespace(
            cr=env.cr,
            flush_all=env.flush_all,
            registry=RegistryAsIn18(env.registry, self),
        )

    def backup_registry(self):
        """Remember the registry as it is."""
        result = super().backup_registry()
        self._kept = {
            name: {
                attribute: copy.copy(vars(model)[attribute])
                for attribute in KEPT_ATTRIBUTES
                if attribute in vars(model)
            }
            for name, model in self.env.registry.models.items()
        }
        return result

    def restore_registry(self):
        """Make the registry as it was at :meth:`backup_registry`.

        Tables and columns go with the test's transaction.
        """
        models = self.env.registry.models
        for name in models.keys() - self._kept.keys():
            del models[name]
        for name, kept in self._kept.items():
            for attribute in KEPT_ATTRIBUTES:
                if attribute in kept:
                    setattr(models[name], attribute, copy.copy(kept[attribute]))
                elif attribute in vars(models[name]):
                    delattr(models[name], attribute)
        self._clean_module_to_model()
        self.env.registry.setup_models(self.env.cr)
