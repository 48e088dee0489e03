{
    "name": "Outbound Call Center",
    "summary": "Agents, dial plans and an Asterisk PBX: an outbound call centre",
    "version": "19.0.1.0.0",
    "category": "Sales/Call Center",
    "author": "Call Center Outbound contributors",
    "license": "LGPL-3",
    "application": True,
    "depends": ["phone_validation"],
    "external_dependencies": {
        "python": ["panoramisk", "phonenumbers", "requests"],
    },
    "data": [
        "security/callcenter_outbound_groups.xml",
        "security/ir.model.access.csv",
        "security/callcenter_outbound_rules.xml",
        "views/callcenter_call_views.xml",
        "views/callcenter_extension_views.xml",
        "views/callcenter_trunk_views.xml",
        "views/callcenter_pbx_views.xml",
        "views/callcenter_agent_views.xml",
        "views/callcenter_task_views.xml",
        "views/callcenter_rejected_event_views.xml",
        "views/res_company_views.xml",
        "views/callcenter_outbound_menus.xml",
    ],
    "demo": [
        "demo/callcenter_outbound_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "callcenter_outbound/static/src/**/*",
        ],
        "web.assets_unit_tests": [
            "callcenter_outbound/static/tests/**/*",
            ("remove", "callcenter_outbound/static/tests/tours/**/*"),
        ],
        "web.assets_tests": ["callcenter_outbound/static/tests/tours/**/*"],
    },
    "post_load": "post_load",
}
