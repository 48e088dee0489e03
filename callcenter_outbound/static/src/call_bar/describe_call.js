import { _t } from "@web/core/l10n/translation";
import { parseTime } from "../services/time";

/**
 * What the call bar says.
 *
 * @param {Object} page
 * @param {import("../services/workspace_service").Workspace} page.workspace
 * @param {import("../services/call_service").Calls} page.calls
 * @param {import("../services/phone_service").BrowserPhone} page.phone
 * @returns {Object} `state` (for its colour), `icon`, `title`, `detail`, and what else is shown: `since`
 *  (a running timer, in milliseconds), `hasTalkTime`, `canHangUp`, `canMute`, `canDismiss`
 */
export function describeCall({ workspace, calls, phone }) {
    const { agent } = workspace;
    const { call, refusal, dialing } = calls;
    const isAlone = !calls.isOpen;
    if (dialing) {
        return { state: "dialing", icon: "fa-phone", title: _t("Dialing…"), detail: "" };
    }
    if (isAlone && phone.call) {
        return {
            state: "dialing",
            icon: "fa-headphones",
            title: _t("Test call"),
            detail: _t("Speak: you should hear yourself."),
            canHangUp: true,
            canMute: phone.call.answered,
        };
    }
    if (refusal && (isAlone || calls.isExpired)) {
        return {
            state: "failed",
            icon: "fa-exclamation-triangle",
            title: _t("Not called"),
            detail: refusal.message,
            canDismiss: true,
        };
    }
    if (isAlone && calls.isTesting) {
        return {
            state: "dialing",
            icon: "fa-headphones",
            title: _t("Test call"),
            detail: agent.extension?.answers_by_itself
                ? _t("Your phone answers by itself: speak, and you should hear yourself.")
                : _t("Pick up your phone and speak: you should hear yourself."),
            canDismiss: true,
        };
    }
    if (!call) {
        return describeIdle(workspace);
    }
    if (calls.isExpired) {
        return describeExpired(agent, call);
    }
    return DESCRIPTIONS[call.state]({ workspace, agent, call, phone });
}

function describeIdle({ agent, connector, wrapUp }) {
    if (wrapUp) {
        return {
            state: "ended",
            icon: "fa-pencil-square-o",
            title: _t("Wrap-up"),
            detail: describeWrapUp(),
            customer: wrapUp.title,
        };
    }
    const idle = { state: "idle", icon: "fa-phone" };
    if (agent.state === "paused") {
        return {
            ...idle,
            icon: "fa-pause",
            title: _t("Paused"),
            detail: _t("You can call all the same; resume when you are back."),
        };
    }
    if (!agent.signed_in) {
        return {
            ...idle,
            title: _t("Not signed in"),
            detail: _t("Sign in at the top to begin."),
        };
    }
    const isReady = connector.ok && !["signed_out", "unreachable"].includes(agent.state);
    return {
        ...idle,
        title: isReady ? _t("Ready") : _t("Not ready"),
        detail: isReady
            ? _t("Choose a customer below and call.")
            : _t("Calls can be made when your phone and the PBX are connected."),
    };
}

function describeWrapUp() {
    return _t("Save the contact record, or leave it unsaved.");
}

function describeCustomer({ title, number_masked }) {
    return [title, number_masked].filter(Boolean).join(" · ");
}

function describeExpired(agent, call) {
    const isTaken = agent.state === "dialing";
    return {
        state: "failed",
        icon: "fa-exclamation-triangle",
        title: _t("No sign of this call"),
        detail: isTaken
            ? _t("Your phone has not rung for 10 seconds: check that it is on, then call again.")
            : _t(
                  "The PBX has not taken this call up for 10 seconds, and it will not be dialled late. Call again; if that fails too, tell your manager."
              ),
        customer: describeCustomer(call),
        canHangUp: true,
    };
}

const DESCRIPTIONS = {
    dialing({ agent, call, phone }) {
        const answersByItself = agent.extension?.answers_by_itself;
        let detail = _t("Your phone answers by itself.");
        if (call.agent_answered) {
            detail = _t("Your phone is connected; the customer is being called.");
        } else if (!answersByItself) {
            detail = _t("Pick up your phone.");
        }
        return {
            state: "dialing",
            icon: "fa-phone",
            title: _t("Dialing"),
            detail,
            customer: describeCustomer(call),
            since: parseTime(call.requested_at),
            canHangUp: true,
            canMute: phone.call.answered,
        };
    },
    ringing({ call, phone }) {
        return {
            state: "ringing",
            icon: "fa-phone",
            title: _t("Ringing"),
            detail: _t("The customer's phone rings."),
            customer: describeCustomer(call),
            since: parseTime(call.ringing_at || call.requested_at),
            canHangUp: true,
            canMute: phone.call.answered,
        };
    },
    answered({ call, phone }) {
        return {
            state: "answered",
            icon: "fa-phone",
            title: _t("Answered"),
            detail: "",
            customer: describeCustomer(call),
            since: parseTime(call.answered_at || call.requested_at),
            canHangUp: true,
            canMute: phone.call.answered,
        };
    },
    ended({ workspace, call }) {
        const hasTalkTime = call.outcome === "answered";
        const wrapUp = workspace.wrapUp && describeWrapUp();
        return {
            // Never reached the customer: something here has to be put right.
            state: call.outcome ? "ended" : "failed",
            icon: call.outcome ? "fa-phone" : "fa-exclamation-triangle",
            title: _t("Ended"),
            detail: [call.message, wrapUp].filter(Boolean).join(" · "),
            customer: describeCustomer(call),
            hasTalkTime,
        };
    },
};
