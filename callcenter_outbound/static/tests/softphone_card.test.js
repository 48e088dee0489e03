import { expect, test } from "@odoo/hoot";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import { browser } from "@web/core/browser/browser";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

const CARD = ".o_cc_softphone_card";
const PASSWORD = `${CARD} [data-name=password] .o_cc_value`;
const SECRET = "ZYXWvutsrq9876543210abcd";

class Extension extends models.Model {
    _name = "callcenter.extension";

    number = fields.Char();
    secret = fields.Char();
    sip_domain = fields.Char();
    phone = fields.Selection({
        selection: [
            ["softphone", "SIP phone"],
            ["browser", "Browser"],
        ],
    });
    waits = fields.Boolean();

    _records = [
        {
            id: 1,
            number: "1986",
            secret: SECRET,
            sip_domain: "pbx.example.com",
            phone: "softphone",
        },
        { id: 2, number: "1987", secret: SECRET, phone: "browser" },
        { id: 3, number: "1988", secret: SECRET, phone: "softphone", waits: true },
    ];
}

defineModels({ ...mailModels, Extension });

test.tags("desktop");

async function openCard(resId) {
    await mountView({
        type: "form",
        resModel: "callcenter.extension",
        resId,
        arch: `<form><widget name="callcenter_outbound.softphone_card"/></form>`,
    });
}

test("what to type into the phone", async () => {
    await openCard(1);
    expect(`${CARD} [data-name=user] .o_cc_value`).toHaveText("1986");
    expect(`${CARD} [data-name=domain] .o_cc_value`).toHaveText("pbx.example.com");
    expect(`${CARD} [data-name=transport] .o_cc_value`).toHaveText("UDP");
    expect(`${CARD} .o_clipboard_button`).toHaveCount(4);
    expect(".o_cc_softphone_waits").toHaveCount(0);
});

test("the password is shown when asked for", async () => {
    await openCard(1);
    expect(CARD).not.toHaveInnerHTML(new RegExp(SECRET));
    expect(PASSWORD).toHaveText("••••••••");
    await contains(".o_cc_show_password").click();
    expect(PASSWORD).toHaveText(SECRET);
    await contains(".o_cc_show_password").click();
    expect(PASSWORD).toHaveText("••••••••");
});

test("the password is copied without being shown", async () => {
    patchWithCleanup(browser.navigator.clipboard, { writeText: (text) => expect.step(text) });
    await openCard(1);
    await contains(`${CARD} [data-name=password] .o_clipboard_button`).click();
    expect.verifySteps([SECRET]);
    expect(PASSWORD).toHaveText("••••••••");
});

test("nothing to type for a phone in the browser", async () => {
    await openCard(2);
    expect(CARD).toHaveText(/Nothing is to be typed/);
    expect(`${CARD} .o_cc_value`).toHaveCount(0);
});

test("says when the PBX doesn't have it yet", async () => {
    await openCard(3);
    expect(".o_cc_softphone_waits").toHaveText("The PBX takes this up with its next reload.");
});
