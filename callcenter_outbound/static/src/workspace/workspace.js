import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { AgentStatus } from "../agent_status/agent_status";
import { CallBar } from "../call_bar/call_bar";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";
import { Notice } from "../notice/notice";
import { describePhone } from "../phone_status/describe_phone";
import { PhoneStatus } from "../phone_status/phone_status";
import { TaskList } from "../task_list/task_list";

/** The agent's page. */
export class WorkspaceAction extends Component {
    static template = "callcenter_outbound.Workspace";
    static components = { AgentStatus, CallBar, HotkeyHint, Notice, PhoneStatus, TaskList };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Call Center");

    setup() {
        this.workspace = useState(useService("callcenter_outbound.workspace"));
        this.phone = useState(useService("callcenter_outbound.phone"));
        onWillStart(() => this.workspace.open());
    }

    get extension() {
        return this.workspace.agent && this.workspace.agent.extension;
    }

    get agentName() {
        const { number, name } = this.workspace.agent;
        return `${number} ${name}`;
    }

    get taskCount() {
        const { tasks, taskCount } = this.workspace;
        if (taskCount > tasks.length) {
            return _t("%(shown)s of %(total)s", {
                shown: formatInteger(tasks.length),
                total: formatInteger(taskCount),
            });
        }
        return formatInteger(tasks.length);
    }

    /** What keeps the agent from calling, each with what to do about it. */
    get notices() {
        const { workspace, phone, extension } = this;
        const notices = [];
        if (workspace.error) {
            notices.push({
                key: "error",
                tone: "danger",
                title: _t("This page may be out of date"),
                text: workspace.error,
                retry: () => workspace.load(),
            });
        }
        if (!workspace.connector.ok) {
            notices.push({
                key: "connector",
                tone: "danger",
                title: _t("No calls at the moment"),
                text: workspace.connector.message,
            });
        }
        const { label, advice, tone, canRetry } = describePhone(extension, phone);
        if (advice) {
            notices.push({
                key: "phone",
                tone: tone === "bad" ? "warning" : "info",
                title: label,
                text: advice,
                retry: canRetry && !phone.isElsewhere ? () => phone.connect() : undefined,
            });
        }
        return notices;
    }

    get activeTaskId() {
        const { workspace } = this;
        return workspace.hasOpenCall && workspace.call.task_id;
    }
}

registry.category("actions").add("callcenter_outbound.workspace", WorkspaceAction);
