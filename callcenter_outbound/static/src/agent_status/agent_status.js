import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { RunningTimer } from "../running_timer/running_timer";
import { parseTime } from "../services/time";

/** The agent's state, and for how long. */
export class AgentStatus extends Component {
    static template = "callcenter_outbound.AgentStatus";
    static components = { RunningTimer };
    static props = { agent: Object, clockOffset: Number };

    get label() {
        return {
            signed_out: _t("Signed out"),
            ready: _t("Ready"),
            dialing: _t("Dialing"),
            ringing: _t("Ringing"),
            talking: _t("Talking"),
            hold: _t("On hold"),
            wrap_up: _t("Wrap-up"),
            paused: _t("Paused"),
            unreachable: _t("Unreachable"),
        }[this.props.agent.state];
    }

    /** Why the agent is paused, or that he will be. */
    get detail() {
        const { state, pause_reason, pause_wanted } = this.props.agent;
        if (state === "paused") {
            return pause_reason || "";
        }
        return pause_wanted ? _t("pause follows") : "";
    }

    get dotClass() {
        return (
            {
                ready: "text-success",
                talking: "text-success",
                dialing: "text-info",
                ringing: "text-info",
                hold: "text-warning",
                wrap_up: "text-warning",
                paused: "text-warning",
                unreachable: "text-danger",
            }[this.props.agent.state] || "text-muted"
        );
    }

    get since() {
        return parseTime(this.props.agent.since);
    }
}
