import { expect, test } from "@odoo/hoot";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

class Call extends models.Model {
    _name = "call";

    recording_url = fields.Char();

    _records = [
        { id: 1, recording_url: "/web/content/42" },
        { id: 2, recording_url: false },
    ];
}

defineModels({ ...mailModels, Call });

async function openCall(resId) {
    await mountView({
        type: "form",
        resModel: "call",
        resId,
        arch: `<form><field name="recording_url" widget="callcenter_recording" readonly="1"/></form>`,
    });
}

test.tags("desktop");

test("plays the recording behind the address", async () => {
    await openCall(1);
    expect("audio").toHaveAttribute("src", /\/web\/content\/42$/);
    expect("audio").toHaveAttribute("controls");
});

test("no player without a recording", async () => {
    await openCall(2);
    expect(".o_field_widget[name=recording_url]").toHaveCount(1);
    expect("audio").toHaveCount(0);
});
