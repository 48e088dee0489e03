import { Component, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { PlanCard } from "../plan_card/plan_card";
import { formatMoment } from "../services/time";
import { VerdictDialog } from "../verdicts/verdict_dialog";

/** Groups, dial plans, and the records that wait to be saved. */
export class SideBar extends Component {
    static template = "callcenter_outbound.SideBar";
    static components = { PlanCard };
    static props = {};

    setup() {
        this.workspace = useState(useService("callcenter_outbound.workspace"));
        this.planList = useState(useService("callcenter_outbound.plan_list"));
        this.tabs = useState(useService("callcenter_outbound.tabs"));
        this.dialog = useService("dialog");
    }

    showVerdicts() {
        this.dialog.add(VerdictDialog);
    }

    formatTime(time) {
        return formatMoment(time);
    }

    isSelected(plan) {
        return plan.id === this.planList.planId;
    }
}
