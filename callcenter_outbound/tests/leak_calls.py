"""Calls that an agent can make: each public method of each model, with arguments.

The methods that all models have are called with arguments that are right for the model;
those of others with arguments made up from the names of their parameters.
"""

import inspect
import itertools

from odoo.exceptions import AccessError
from odoo.service.model import get_public_method

#: How many records of a model are read.
LIMIT = 200
#: How many combinations of values of parameters that no name tells of are tried.
MADE_UP_LIMIT = 6
#: Fields of a related record that are asked for along with it.
TELLING_FIELDS = (
    "display_name",
    "name",
    "complete_name",
    "phone",
    "email",
    "partner_id",
    "number",
    "author_id",
)
#: Public methods that all models have -> why they aren't called.
NOT_CALLED = {
    "check_access_rights": "deprecated; tells whether, never what",
    "check_access_rule": "deprecated; tells whether, never what",
    "check_field_access_rights": "deprecated; gives names of fields",
    "copy_translations": "takes a record, which RPC can't carry",
    "is_transient": "a constant of the model",
}
#: (model, method) -> why it isn't called.
NOT_CALLED_OF_MODEL = {
    ("base.module.upgrade", "upgrade_module"): "loads all modules anew",
    ("base.module.upgrade", "upgrade_module_cancel"): "its way back",
}
#: General methods that show rows: tried on all models, closed ones too.
TRIED_ON_ALL_MODELS = frozenset({"onchange", "read", "search_read"})
#: General methods that are tried on all models that an agent can read.
TRIED_ON_OPEN_MODELS = TRIED_ON_ALL_MODELS | {
    "create",
    "default_get",
    "export_data",
    "formatted_read_group",
    "name_search",
    "web_search_read",
}


def public_methods(model):
    """:return: names of the methods of ``model`` that RPC can call"""
    names = []
    for name in dir(type(model)):
        if name.startswith("_"):
            continue
        try:
            get_public_method(model, name)
        except (AccessError, AttributeError):
            continue
        names.append(name)
    return names


def is_ours(model, name):
    """Whether this add-on defines a method of a model, or extends it."""
    return any(
        name in vars(definition)
        for definition in type(model).mro()
        if definition.__module__.startswith("odoo.addons.callcenter_outbound.")
        # What is done for all models is tried on those that have it otherwise.
        and not definition.__module__.endswith(".base")
    )


def is_general(model, name):
    """Whether a model has a method as all models have it."""
    method = inspect.unwrap(getattr(type(model), name))
    general = getattr(model.pool["base"], name, None)
    return general is not None and inspect.unwrap(general) is method


class Calls:
    """Makes up calls of models' methods by RPC.

    A call is (method, args, kwargs) as ``call_kw`` takes them.
    """

    def __init__(self, plants, user):
        """
        :param plants: the :class:`~.leak_plants.Plants`
        :param user: the agent's user
        """
        self.plants = plants
        self.env = plants.env(user=user)
        self._called = set()

    def of_model(self, model_name):
        """:return: iterator of the calls of a model"""
        model = self.env[model_name]
        is_open = not model._abstract and model.has_access("read")
        fields = model.fields_get(attributes=["type", "relation", "groupable"])
        ids = self._ids_of(model, is_open)
        tried = self._general_methods(model, is_open)
        for name in public_methods(model):
            if name in NOT_CALLED or (model_name, name) in NOT_CALLED_OF_MODEL:
                continue
            general = is_general(model, name)
            if general and name not in tried:
                continue
            make = getattr(self, f"_make_{name}", None)
            if make:
                for args, kwargs in make(model, fields, ids):
                    yield name, args, kwargs
            elif general:
                raise NotImplementedError(
                    f"All models have the public method {name}: say here how it is "
                    "called, or in NOT_CALLED why not."
                )
            elif self._is_new(model, name):
                for args, kwargs in self._make_up(model, name, ids):
                    yield name, args, kwargs

    def _general_methods(self, model, is_open):
        """:return: names of the methods that all models have to call on this one"""
        if model._abstract:
            return frozenset()
        if self._matters(model):
            return frozenset(public_methods(model))
        return TRIED_ON_OPEN_MODELS if is_open else TRIED_ON_ALL_MODELS

    def _matters(self, model):
        """Whether a model is ours, or has rows that hold a mark."""
        return bool(self.plants.ids(model._name)) or model._name.startswith(
            "callcenter."
        )

    def _is_new(self, model, name):
        """Whether calling a method shows more than it did on the models before.

        What many models inherit is called on those that matter and on one other.
        """
        if self._matters(model):
            return True
        method = inspect.unwrap(getattr(type(model), name))
        is_new = method not in self._called
        self._called.add(method)
        return is_new

    def _ids_of(self, model, is_open):
        """:return: lists of ids: those that the agent finds, those he can but guess"""
        if model._abstract or not model._auto:
            return [[]]
        found = model.search([], limit=LIMIT, order="id desc").ids if is_open else []
        hidden = [id_ for id_ in self.plants.ids(model._name) if id_ not in found]
        return [ids for ids in (found, hidden) if ids] or [[]]

    # Reading -----------------------------------------------------------------------

    def _make_read(self, model, fields, ids):
        for some in ids:
            yield [some], {}
        for one in self.plants.ids(model._name):
            yield [[one], ["display_name"]], {}
            yield [[one]], {"load": None}

    def _make_web_read(self, model, fields, ids):
        for some in ids:
            yield [some], {"specification": self._specification(fields)}

    def _make_search_read(self, model, fields, ids):
        yield [[]], {"limit": LIMIT, "order": "id desc"}

    def _make_web_search_read(self, model, fields, ids):
        yield (
            [],
            {
                "domain": [],
                "specification": self._specification(fields),
                "limit": LIMIT,
                "order": "id desc",
            },
        )

    def _specification(self, fields):
        return {name: self._subfields(about) for name, about in fields.items()}

    def _subfields(self, about):
        relation = about.get("relation")
        if not relation or relation not in self.env:
            return {}
        known = self.env[relation].fields_get(attributes=["type"])
        return {"fields": {name: {} for name in TELLING_FIELDS if name in known}}

    def _make_export_data(self, model, fields, ids):
        paths = []
        for name, about in fields.items():
            paths.append(name)
            relation = about.get("relation")
            if relation in self.env and about["type"] != "many2one_reference":
                known = self.env[relation].fields_get(attributes=["type"])
                paths += [f"{name}/{sub}" for sub in TELLING_FIELDS if sub in known]
                paths += [f"{name}/id", f"{name}/.id"]
        for some in ids:
            yield [some, paths], {}
            yield [some, paths], {"context": {"import_compat": False}}
            yield [some, ["id", ".id", "display_name"]], {}

    def _make_copy_data(self, model, fields, ids):
        for some in ids:
            yield [some], {}

    _make_copy = _make_copy_data
    _make_get_external_id = _make_copy_data
    _make_get_metadata = _make_copy_data
    _make_unlink = _make_copy_data
    _make_mail_get_partner_fields = _make_copy_data

    def _make_get_formview_action(self, model, fields, ids):
        for some in ids:
            yield [some[:1] or [1]], {}

    _make_get_base_url = _make_get_formview_action
    _make_get_formview_id = _make_get_formview_action

    def _make_action_archive(self, model, fields, ids):
        if model._active_name:
            for some in ids:
                yield [some], {}

    _make_action_unarchive = _make_action_archive
    _make_toggle_active = _make_action_archive

    def _make_get_field_translations(self, model, fields, ids):
        for some in ids:
            for name in [name for name in fields if model._fields[name].translate]:
                for one in some[:3]:
                    yield [[one], name], {}

    def _make_get_property_definition(self, model, fields, ids):
        for name, about in fields.items():
            if about["type"] == "properties":
                yield [f"{name}.property"], {}

    def _make_has_access(self, model, fields, ids):
        for some in ids:
            yield [some, "read"], {}

    # Searching ---------------------------------------------------------------------

    def _make_search(self, model, fields, ids):
        yield [[]], {"limit": LIMIT, "order": "id desc"}

    def _make_search_count(self, model, fields, ids):
        yield [[]], {}

    def _make_name_search(self, model, fields, ids):
        yield [], {"name": "", "limit": LIMIT}

    def _make_web_name_search(self, model, fields, ids):
        yield [], {"name": "", "specification": self._specification(fields)}

    def _make_read_group(self, model, fields, ids):
        for name, about in fields.items():
            if about.get("groupable") and about["type"] in ("many2one", "many2many"):
                yield [[], ["__count"], [name]], {}

    def _make_formatted_read_group(self, model, fields, ids):
        aggregates = ["__count"] + [
            f"{name}:array_agg"
            for name, about in fields.items()
            if model._fields[name].store and about["type"] in ("char", "many2one")
        ]
        for name in self._groupable(fields):
            yield [[], [name]], {"aggregates": aggregates}

    def _groupable(self, fields):
        """Groups by these have names of their own; others say what the rows say."""
        return ["id"] + [
            name
            for name, about in fields.items()
            if about.get("groupable") and about.get("relation")
        ]

    def _make_formatted_read_grouping_sets(self, model, fields, ids):
        sets = [[name] for name in self._groupable(fields)]
        yield [[], sets], {"aggregates": ["__count"]}

    def _make_web_read_group(self, model, fields, ids):
        for name in self._groupable(fields)[:3]:
            yield (
                [[], [name], ["__count"]],
                {
                    "auto_unfold": True,
                    "unfold_read_specification": {"display_name": {}},
                },
            )

    def _make_read_progress_bar(self, model, fields, ids):
        bar = {"field": "id", "colors": {"1": "success"}}
        for name in self._groupable(fields)[:3]:
            yield [[], name, bar], {}

    def _make_search_panel_select_range(self, model, fields, ids):
        for name, about in fields.items():
            if about["type"] in ("many2one", "selection"):
                yield [name], {"enable_counters": True, "limit": LIMIT}

    def _make_search_panel_select_multi_range(self, model, fields, ids):
        for name, about in fields.items():
            if about["type"] in ("many2one", "many2many", "selection"):
                yield [name], {"enable_counters": True, "limit": LIMIT}

    # What forms ask for ------------------------------------------------------------

    def _make_fields_get(self, model, fields, ids):
        yield [], {}

    def _make_default_get(self, model, fields, ids):
        yield [list(fields)], {}
        active = {"active_model": "res.partner", "active_id": self._customer_id}
        yield (
            [list(fields)],
            {
                "context": {
                    **active,
                    "active_ids": [self._customer_id],
                    "default_partner_id": self._customer_id,
                    "default_partner_ids": [self._customer_id],
                    "default_res_model": "res.partner",
                    "default_model": "res.partner",
                    "default_res_id": self._customer_id,
                    "default_res_ids": str([self._customer_id]),
                }
            },
        )

    @property
    def _customer_id(self):
        return self.plants.customer.id

    def _make_onchange(self, model, fields, ids):
        specification = self._specification(fields)
        yield [[], {}, [], specification], {}
        for name, about in fields.items():
            for related in self.plants.ids(about.get("relation") or "")[:1]:
                if about["type"] == "many2one":
                    yield [[], {name: related}, [name], specification], {}
                elif about["type"] in ("many2many", "one2many"):
                    yield [[], {name: [[4, related]]}, [name], specification], {}
        for some in ids:
            for one in some[:1]:
                yield [[one], {}, [], specification], {}

    def _make_get_views(self, model, fields, ids):
        yield [[[False, "list"], [False, "form"], [False, "search"]]], {}

    def _make_get_view(self, model, fields, ids):
        yield [], {"view_type": "kanban"}

    def _make_get_empty_list_help(self, model, fields, ids):
        yield [""], {}

    def _make_get_import_templates(self, model, fields, ids):
        yield [], {}

    def _make_view_header_get(self, model, fields, ids):
        yield [False, "form"], {}

    def _make_mail_allowed_qweb_expressions(self, model, fields, ids):
        yield [], {}

    # Writing -----------------------------------------------------------------------

    def _make_create(self, model, fields, ids):
        yield [self._values(model, fields)], {}
        yield [[{}]], {}

    def _make_name_create(self, model, fields, ids):
        yield ["made up"], {}

    def _make_load(self, model, fields, ids):
        for name, about in fields.items():
            for related in self.plants.ids(about.get("relation") or "")[:1]:
                yield [["id", f"{name}/.id"], [["x", str(related)]]], {}

    def _make_write(self, model, fields, ids):
        for some in ids:
            yield [some, self._values(model, fields)], {}
            yield [some, {}], {}

    def _make_web_save(self, model, fields, ids):
        for some in ids:
            yield (
                [some[:1], self._values(model, fields)],
                {"specification": self._specification(fields)},
            )

    def _make_web_save_multi(self, model, fields, ids):
        for some in ids:
            yield (
                [some[:1] or [1], [{}]],
                {"specification": self._specification(fields)},
            )

    def _make_web_resequence(self, model, fields, ids):
        for some in ids:
            yield [some], {"specification": self._specification(fields)}

    def _make_update_field_translations(self, model, fields, ids):
        for some in ids:
            for name in [name for name in fields if model._fields[name].translate]:
                yield [some[:1] or [1], name, {"en_US": "made up"}], {}

    def _make_web_override_translations(self, model, fields, ids):
        for some in ids:
            yield [some[:1] or [1], {}], {}

    def _values(self, model, fields):
        """Values to write: records that hold a mark, where there are any."""
        values = {}
        for name, about in fields.items():
            for related in self.plants.ids(about.get("relation") or "")[:1]:
                if about["type"] == "many2one":
                    values[name] = related
                elif about["type"] == "many2many":
                    values[name] = [[4, related]]
        for name in ("name", "summary", "title", "number", "body"):
            if name in fields:
                values[name] = "made up"
        return values

    # Other methods -----------------------------------------------------------------

    def _make_up(self, model, name, ids):
        method = getattr(type(model), name)
        takes_ids = not getattr(method, "_api_model", False)
        for values in self.arguments(method, model):
            if not takes_ids:
                yield [], values
                continue
            for some in ids:
                yield [some], values
                if len(some) != 1:
                    # Many take one record alone.
                    for one in sorted({some[0], some[-1]} if some else {1}):
                        yield [[one]], values

    def arguments(self, method, model=None):
        """Make up the arguments of a function from the names of its parameters.

        :return: iterator of dicts, one for each subject and each choice of types
        """
        parameters = [
            parameter
            for parameter in inspect.signature(
                inspect.unwrap(method)
            ).parameters.values()
            if parameter.name not in ("self", "cls")
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
        seen = []
        for subject in self._subjects(model):
            known = self._made_up_values(*subject)
            required = [p for p in parameters if p.default is p.empty]
            choices = [
                [known[p.name]] if p.name in known else [False, 1, "a", ["a"], {}]
                for p in required
            ]
            names = [p.name for p in required]
            optional = {
                p.name: known[p.name]
                for p in parameters
                if p.default is not p.empty and p.name in known
            }
            for picked in itertools.islice(itertools.product(*choices), MADE_UP_LIMIT):
                values = dict(zip(names, picked, strict=True))
                for more in ({}, optional):
                    if {**values, **more} not in seen:
                        seen.append({**values, **more})
                        yield {**values, **more}

    def _subjects(self, model):
        """:return: (model name, id) of what a call may be about"""
        yield "res.partner", self._customer_id
        if model is None:
            for name in ("callcenter.task", "callcenter.call", "ir.attachment"):
                yield name, self.plants.ids(name)[0]

    def _made_up_values(self, subject, subject_id):
        """:return: dict of parameter name -> a value, of a call about a record"""
        plants = self.plants
        first = {name: records.ids[0] for name, records in plants.records.items()}
        task = plants.env["callcenter.task"].browse(plants.ids("callcenter.task"))[:1]
        about_model = dict.fromkeys(
            (
                "model",
                "model_name",
                "res_model",
                "thread_model",
                "doc_model",
                "relation",
            ),
            subject,
        )
        about_id = dict.fromkeys(
            ("id", "res_id", "record_id", "thread_id", "rec_id", "doc_id"), subject_id
        )
        about_ids = {
            name: [subject_id]
            for name in ("ids", "res_ids", "record_ids", "docids", "doc_ids")
        }
        return {
            **about_model,
            **about_id,
            **about_ids,
            "agent_id": first.get("callcenter.agent", 1),
            "attachment_id": first.get("ir.attachment", 1),
            "attachment_ids": [first.get("ir.attachment", 1)],
            "call_id": first.get("callcenter.call", 1),
            "context": {},
            "data": {},
            "date_from": "2026-01-01",
            "date_to": "2026-12-31",
            "domain": [],
            "emails": ["someone@example.com"],
            "field": "display_name",
            "field_name": "name",
            "fields": ["name"],
            "fname": "name",
            "group_ids": plants.ids("callcenter.agent.group"),
            "group_id": first.get("callcenter.agent.group", 1),
            "limit": 10,
            "message_id": first.get("mail.message", 1),
            "message_ids": plants.ids("mail.message"),
            "name": "made up",
            "number_id": task.number_ids[:1].id,
            "offset": 0,
            "partner_id": plants.customer.id,
            "partner_ids": [plants.customer.id],
            "partners_ids": [plants.customer.id],
            "plan_id": first.get("callcenter.dial.plan", 1),
            "package_id": first.get("callcenter.package", 1),
            "search": "",
            "search_term": "",
            "task_id": task.id,
            "term": "",
            "user_id": plants.env.uid,
            "vals": {"name": "made up"},
            "values": {"name": "made up"},
        }
