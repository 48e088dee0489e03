import { expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";
import { formatDuration } from "@callcenter_outbound/duration_field/duration_field";

class Call extends models.Model {
    _name = "call";

    kind = fields.Selection({
        selection: [
            ["main", "Main call"],
            ["outbound", "Outbound leg"],
        ],
    });
    talk_seconds = fields.Float({ aggregator: "sum" });

    _records = [
        { id: 1, kind: "main", talk_seconds: 65.4 },
        { id: 2, kind: "outbound", talk_seconds: 3600 },
    ];
}

defineModels({ ...mailModels, Call });

test.tags("desktop");

test("a leg stands indented, and says that it is one", async () => {
    await mountView({
        type: "list",
        resModel: "call",
        arch: `<list><field name="kind" widget="callcenter_call_kind"/></list>`,
    });
    expect(".o_cc_main_call").toHaveText("Main call");
    expect(".o_cc_leg").toHaveText(/^Part of a main call:\s+Outbound leg$/);
    const indent = (selector) => parseFloat(getComputedStyle(queryOne(selector)).paddingLeft);
    expect(indent(".o_cc_leg")).toBeGreaterThan(indent(".o_cc_main_call"));
});

test("seconds are read as minutes, in sums too", async () => {
    await mountView({
        type: "list",
        resModel: "call",
        arch: `<list>
            <field name="talk_seconds" widget="callcenter_duration" sum="Talk"/>
        </list>`,
    });
    expect(queryAllTexts(".o_data_cell")).toEqual(["01:05", "1:00:00"]);
    expect(".o_list_footer .o_list_number").toHaveText("1:01:05");
});

test("in a pivot as well", async () => {
    await mountView({
        type: "pivot",
        resModel: "call",
        arch: `<pivot>
            <field name="kind" type="row"/>
            <field name="talk_seconds" type="measure" widget="callcenter_duration"/>
        </pivot>`,
    });
    expect(queryAllTexts(".o_pivot_cell_value")).toEqual(["1:01:05", "01:05", "1:00:00"]);
});

test("durations are rounded to the second", () => {
    expect(formatDuration(59.6)).toBe("01:00");
    expect(formatDuration(0)).toBe("00:00");
    expect(formatDuration(false)).toBe("");
});
