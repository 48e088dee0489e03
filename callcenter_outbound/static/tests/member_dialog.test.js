import { beforeEach, expect, test } from "@odoo/hoot";
import { animationFrame, press, queryAllTexts } from "@odoo/hoot-dom";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { session } from "@web/session";

class CallcenterAgent extends models.Model {
    _name = "callcenter.agent";

    name = fields.Char();
    number = fields.Char();
    company_id = fields.Many2one({ relation: "res.company" });

    _records = [
        { id: 1, name: "1986 Wang Fang", number: "1986", company_id: 1 },
        { id: 2, name: "1987 Li Na", number: "1987", company_id: 1 },
        { id: 3, name: "1988 Zhao Lei", number: "1988", company_id: 1 },
        { id: 4, name: "1990 Sun Mei", number: "1990", company_id: 1 },
    ];
}

class CallcenterAgentGroup extends models.Model {
    _name = "callcenter.agent.group";

    name = fields.Char();
    company_id = fields.Many2one({ relation: "res.company" });
    agent_ids = fields.Many2many({ relation: "callcenter.agent" });

    _records = [{ id: 1, name: "Outbound sales", company_id: 1, agent_ids: [1, 3] }];
}

defineModels({ ...mailModels, CallcenterAgent, CallcenterAgentGroup });

const LEFT = ".o_cc_available .o_cc_choice";
const RIGHT = ".o_cc_members .o_cc_choice";
const COUNT = ".o_cc_member_count";

beforeEach(() => patchWithCleanup(session, { callcenter_outbound_is_manager: true }));

async function openForm(resId = 1) {
    onRpc("callcenter.agent.group", "write", ({ args }) => {
        expect.step(JSON.stringify(args));
    });
    await mountView({
        type: "form",
        resModel: "callcenter.agent.group",
        resId,
        arch: `
            <form>
                <field name="name" required="1"/>
                <widget name="callcenter_edit_agents"/>
                <field name="agent_ids" widget="many2many_tags"/>
            </form>`,
    });
}

async function openDialog() {
    await openForm();
    await contains(".o_cc_edit_agents").click();
}

async function type(...keys) {
    for (const key of keys) {
        await press(key);
        await animationFrame();
    }
}

test.tags("desktop");

test("left those who are available, right the members", async () => {
    await openDialog();
    expect(".modal-title").toHaveText("Group: Outbound sales");
    expect(COUNT).toHaveText("2 agents");
    expect(queryAllTexts(LEFT)).toEqual(["1987 Li Na", "1990 Sun Mei"]);
    expect(queryAllTexts(RIGHT)).toEqual(["1986 Wang Fang", "1988 Zhao Lei"]);
    expect(".o_cc_move_right").not.toBeEnabled();
    expect(".o_cc_move_left").not.toBeEnabled();
});

test("what is checked is moved; only what was moved is written", async () => {
    await openDialog();
    await contains(`${LEFT}:eq(0) input`).click();
    expect(".o_cc_available .o_cc_choice_count").toHaveText("1 of 2");
    await contains(".o_cc_move_right").click();
    expect(COUNT).toHaveText("2 agents → 3");
    expect(queryAllTexts(RIGHT)).toEqual(["1986 Wang Fang", "1987 Li Na", "1988 Zhao Lei"]);
    await contains(`${RIGHT}:eq(0) input`).click();
    await contains(".o_cc_move_left").click();
    await contains(".o_cc_save_members").click();
    expect.verifySteps(['[[1],{"agent_ids":[[4,2,false],[3,1,false]]}]']);
    expect(".modal").toHaveCount(0);
    expect(".o_notification").toHaveText("Saved: the group “Outbound sales” has 2 agents.");
    expect(".o_field_widget[name=agent_ids] .o_tag").toHaveCount(2);
    expect(queryAllTexts(".o_field_widget[name=agent_ids] .o_tag")).toInclude("1987 Li Na");
});

test("there and back is no change", async () => {
    await openDialog();
    await contains(`${LEFT}:eq(0)`).dblclick();
    expect(COUNT).toHaveText("2 agents → 3");
    await contains(`${RIGHT}:contains("1987")`).dblclick();
    expect(COUNT).toHaveText("2 agents");
    await contains(".o_cc_save_members").click();
    expect.verifySteps([]);
    expect(".o_notification").toHaveCount(1);
});

test("search, and check all that is found", async () => {
    await openDialog();
    await contains(".o_cc_available .o_cc_choice_search").edit("sun");
    expect(queryAllTexts(LEFT)).toEqual(["1990 Sun Mei"]);
    await contains(".o_cc_available .o_cc_check_all").click();
    await contains(".o_cc_move_right").click();
    expect(COUNT).toHaveText("2 agents → 3");
    await contains(".o_cc_available .o_cc_choice_search").edit("nobody");
    expect(".o_cc_available .o_cc_choices").toHaveText("Nothing found.");
});

test("by keyboard alone", async () => {
    await openDialog();
    await contains(`${LEFT}:eq(0) input`).focus();
    await type("ArrowDown", "Enter");
    expect(queryAllTexts(RIGHT)).toInclude("1990 Sun Mei");
    await contains(`${LEFT}:eq(0) input`).focus();
    await type("ArrowRight");
    expect(LEFT).toHaveCount(0);
    expect(".o_cc_available .o_cc_choices").toHaveText("All agents are in the group.");
    await contains(`${RIGHT}:eq(0) input`).focus();
    await press(["Control", "a"]);
    await animationFrame();
    expect(".o_cc_members .o_cc_choice_count").toHaveText("4 of 4");
    await type("ArrowLeft");
    expect(RIGHT).toHaveCount(0);
    expect(COUNT).toHaveText("2 agents → 0");
});

test("what was typed into the form is saved first; without a name nothing opens", async () => {
    await openForm();
    await contains("[name=name] input").edit("");
    await contains(".o_cc_edit_agents").click();
    expect(".modal").toHaveCount(0);
    await contains("[name=name] input").edit("Sales");
    await contains(".o_cc_edit_agents").click();
    expect(".modal-title").toHaveText("Group: Sales");
});

test("supervisors only look", async () => {
    patchWithCleanup(session, { callcenter_outbound_is_manager: false });
    await openForm();
    expect(".o_cc_edit_agents").toHaveCount(0);
});

test("five hundred agents", async () => {
    for (let id = 10; id < 510; id++) {
        CallcenterAgent._records.push({ id, name: `${2000 + id}`, number: `${id}`, company_id: 1 });
    }
    await openDialog();
    expect(LEFT).toHaveCount(502);
    await contains(".o_cc_available .o_cc_check_all").click();
    await contains(".o_cc_move_right").click();
    expect(COUNT).toHaveText("2 agents → 504");
    expect(RIGHT).toHaveCount(504);
});
