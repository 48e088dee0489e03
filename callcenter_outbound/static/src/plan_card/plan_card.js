import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatInteger } from "@web/views/fields/formatters";
import { describePlanState } from "./describe_plan";

/** A dial plan and how far the agent's customers in it are worked. */
export class PlanCard extends Component {
    static template = "callcenter_outbound.PlanCard";
    static props = { plan: Object, isSelected: Boolean, select: Function };

    get stateLabel() {
        return describePlanState(this.props.plan.state);
    }

    get left() {
        return _t("%s left", formatInteger(this.props.plan.unfinished));
    }

    get hint() {
        const { signed_in, group_name, state } = this.props.plan;
        if (state === "running" && !signed_in) {
            return _t("sign in to %s to work it", group_name);
        }
        return "";
    }

    /** In percent of all the customers. */
    get parts() {
        const { unfinished, done, follow_up, untouched } = this.props.plan;
        const total = unfinished + done || 1;
        const begun = Math.max(0, unfinished - follow_up - untouched);
        return [
            { name: "done", width: (100 * done) / total },
            { name: "follow_up", width: (100 * follow_up) / total },
            { name: "begun", width: (100 * begun) / total },
        ];
    }

    get legend() {
        const { done, follow_up } = this.props.plan;
        return _t("%(done)s done · %(follow_up)s follow up", {
            done: formatInteger(done),
            follow_up: formatInteger(follow_up),
        });
    }
}
