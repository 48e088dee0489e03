import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { AgentStatus } from "../agent_status/agent_status";
import { CallBar } from "../call_bar/call_bar";
import { CustomerPanel } from "../customer_panel/customer_panel";
import { DutyMenu } from "../duty_menu/duty_menu";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";
import { Notice } from "../notice/notice";
import { describePhone } from "../phone_status/describe_phone";
import { PhoneStatus } from "../phone_status/phone_status";
import { PlanPanel } from "../plan_panel/plan_panel";
import { SideBar } from "../side_bar/side_bar";
import { TabBar } from "../tab_bar/tab_bar";

/** The agent's page. */
export class WorkspaceAction extends Component {
    static template = "callcenter_outbound.Workspace";
    static components = {
        AgentStatus,
        CallBar,
        CustomerPanel,
        DutyMenu,
        HotkeyHint,
        Notice,
        PhoneStatus,
        PlanPanel,
        SideBar,
        TabBar,
    };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Call Center");

    setup() {
        this.workspace = useState(useService("callcenter_outbound.workspace"));
        this.calls = useState(useService("callcenter_outbound.calls"));
        this.clock = useState(useService("callcenter_outbound.clock"));
        this.phone = useState(useService("callcenter_outbound.phone"));
        this.duty = useState(useService("callcenter_outbound.duty"));
        this.tabs = useState(useService("callcenter_outbound.tabs"));
        this.verdicts = useService("callcenter_outbound.verdicts");
        onWillStart(async () => {
            this.duty.open();
            this.verdicts.open();
            await this.workspace.open();
            await this.tabs.open();
        });
    }

    get extension() {
        return this.workspace.agent && this.workspace.agent.extension;
    }

    /** Without a phone nothing can be done, unless it is chosen at sign-in. */
    get hasPhone() {
        return Boolean(this.extension) || this.workspace.agent.chooses_extension;
    }

    get agentName() {
        const { number, name } = this.workspace.agent;
        return `${number} ${name}`;
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
}

registry.category("actions").add("callcenter_outbound.workspace", WorkspaceAction);
