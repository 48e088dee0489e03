import { expect, test } from "@odoo/hoot";
import { queryOne } from "@odoo/hoot-dom";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

class Share extends models.Model {
    _name = "share";

    unfinished = fields.Integer();
    gets = fields.Integer();
    after = fields.Integer();
    total = fields.Integer();

    _records = [
        { id: 1, unfinished: 12, gets: 25, after: 37, total: 50 },
        { id: 2, unfinished: 20, gets: -5, after: 15, total: 50 },
        { id: 3, unfinished: 0, gets: 0, after: 0, total: 0 },
    ];
}

defineModels({ ...mailModels, Share });

const BAR = ".o_data_row:eq(%) .o_cc_share_bar";
const bar = (row, part = "") => `${BAR.replace("%", row)} ${part}`;

function widthOf(selector) {
    return queryOne(selector).style.width;
}

async function openList(arch) {
    await mountView({ type: "list", resModel: "share", arch });
}

test.tags("desktop");

test("grey for what an agent has, green for what he gets, red for what he loses", async () => {
    await openList(`<list><widget name="callcenter_outbound.share_bar"/></list>`);
    expect(widthOf(bar(0, ".o_cc_share_kept"))).toBe("24%");
    expect(widthOf(bar(0, ".o_cc_share_change"))).toBe("50%");
    expect(bar(0, ".o_cc_share_change")).toHaveClass("bg-success");
    expect(bar(0, ".o_cc_share_after")).toHaveText("37");
    expect(bar(0, ".o_cc_share_track")).toHaveAttribute(
        "aria-label",
        "12 unfinished and 25 new: 37"
    );
    expect(widthOf(bar(1, ".o_cc_share_kept"))).toBe("30%");
    expect(widthOf(bar(1, ".o_cc_share_change"))).toBe("10%");
    expect(bar(1, ".o_cc_share_change")).toHaveClass("bg-danger");
    expect(bar(1, ".o_cc_share_track")).toHaveAttribute(
        "aria-label",
        "20 unfinished, 5 taken away: 15"
    );
});

test("an empty bar where there is nothing", async () => {
    await openList(`<list><widget name="callcenter_outbound.share_bar"/></list>`);
    expect(widthOf(bar(2, ".o_cc_share_kept"))).toBe("0%");
    expect(bar(2, ".o_cc_share_change")).toHaveCount(0);
});

test("the same as a column with a title", async () => {
    await openList(`
        <list>
            <field name="after" widget="callcenter_outbound.share_bar"/>
        </list>`);
    expect("th[data-name=after]").toHaveText("After");
    expect(widthOf(bar(0, ".o_cc_share_change"))).toBe("50%");
});
