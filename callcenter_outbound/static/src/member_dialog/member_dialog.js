import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { x2ManyCommands } from "@web/core/orm_service";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { ChoiceList } from "./choice_list";

/**
 * Who is in a group of agents: left those who could be, right those who are. Only what was moved here
 * is written, so that two managers at once lose nothing.
 */
export class MemberDialog extends Component {
    static template = "callcenter_outbound.MemberDialog";
    static components = { ChoiceList, Dialog };
    static props = { groupId: Number, onSaved: Function, close: Function };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({
            name: "",
            agents: [],
            members: new Set(),
            checkedAvailable: new Set(),
            checkedMembers: new Set(),
            isSaving: false,
        });
        onWillStart(() => this.load());
    }

    async load() {
        const [group] = await this.orm.read(
            "callcenter.agent.group",
            [this.props.groupId],
            ["name", "agent_ids", "company_id"]
        );
        const agents = await this.orm.searchRead(
            "callcenter.agent",
            [["company_id", "=", group.company_id[0]]],
            ["display_name"],
            { order: "number, id" }
        );
        this.state.name = group.name;
        this.state.agents = agents.map(({ id, display_name }) => ({ id, label: display_name }));
        const ids = new Set(agents.map(({ id }) => id));
        this.before = group.agent_ids.filter((id) => ids.has(id));
        this.state.members = new Set(this.before);
    }

    get title() {
        return _t("Group: %s", this.state.name);
    }

    get available() {
        return this.state.agents.filter(({ id }) => !this.state.members.has(id));
    }

    get members() {
        return this.state.agents.filter(({ id }) => this.state.members.has(id));
    }

    get countText() {
        const before = this.before.length;
        const after = this.state.members.size;
        if (!this.commands.length) {
            return this.describeCount(before);
        }
        return _t("%(before)s → %(after)s", { before: this.describeCount(before), after });
    }

    describeCount(count) {
        return count === 1 ? _t("1 agent") : _t("%s agents", count);
    }

    /** What is to be written: those who came, those who left. */
    get commands() {
        const { members } = this.state;
        const before = new Set(this.before);
        return [
            ...[...members].filter((id) => !before.has(id)).map((id) => x2ManyCommands.link(id)),
            ...this.before.filter((id) => !members.has(id)).map((id) => x2ManyCommands.unlink(id)),
        ];
    }

    get availableTitle() {
        return _t("Available");
    }

    get availableEmpty() {
        return this.state.agents.length
            ? _t("All agents are in the group.")
            : _t("There are no agents yet: add them under Agents → Agents.");
    }

    get membersTitle() {
        return _t("Members");
    }

    get membersEmpty() {
        return _t("Check agents on the left, then click on →.");
    }

    add(ids) {
        ids.forEach((id) => this.state.members.add(id));
        this.state.checkedAvailable.clear();
    }

    remove(ids) {
        ids.forEach((id) => this.state.members.delete(id));
        this.state.checkedMembers.clear();
    }

    async save() {
        const { commands } = this;
        if (commands.length) {
            this.state.isSaving = true;
            try {
                await this.orm.write("callcenter.agent.group", [this.props.groupId], {
                    agent_ids: commands,
                });
            } finally {
                this.state.isSaving = false;
            }
            await this.props.onSaved();
        }
        this.notification.add(
            _t("Saved: the group “%(name)s” has %(count)s.", {
                name: this.state.name,
                count: this.describeCount(this.state.members.size),
            }),
            { type: "success" }
        );
        this.props.close();
    }
}

/** The button on a group's form, or in its row, that opens the two lists. */
export class EditAgents extends Component {
    static template = "callcenter_outbound.MemberDialogButton";
    static props = { ...standardWidgetProps };

    setup() {
        this.dialog = useService("dialog");
        // Supervisors see the groups, and change none.
        this.isManager = session.callcenter_outbound_is_manager;
    }

    async open() {
        const { record } = this.props;
        // A new group must be there first, and what was typed must not be lost.
        if ((record.isNew || (await record.isDirty())) && !(await record.save())) {
            return;
        }
        this.dialog.add(MemberDialog, {
            groupId: record.resId,
            onSaved: () => record.load(),
        });
    }
}

registry.category("view_widgets").add("callcenter_edit_agents", {
    component: EditAgents,
    listViewWidth: [110],
});
