import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";
import { formatMoment } from "../services/time";

/** Statuses that wait for the manager, beside those without any conflict. */
const TROUBLED = ["conflict", "refused", "problem"];

/** One field of a customer, three ways: when first edited, the agent's, the contact's now. */
export class RollbackChange extends Component {
    static template = "callcenter_outbound.RollbackChange";
    static components = { HotkeyHint };
    static props = {
        change: Object,
        /** whether the keys act on it */
        isCurrent: Boolean,
        isBusy: Boolean,
        decide: Function,
        chooseOther: Function,
    };

    get change() {
        return this.props.change;
    }

    get isTroubled() {
        return TROUBLED.includes(this.change.status);
    }

    get isConflict() {
        return this.change.status === "conflict";
    }

    /** Nothing is left to decide of what the contact holds. */
    get isSettled() {
        return ["same", "done"].includes(this.change.status);
    }

    get isAccepted() {
        return this.change.status === "accepted" && this.change.other === false;
    }

    get isOther() {
        return this.change.status === "accepted" && this.change.other !== false;
    }

    get isRejected() {
        return this.change.status === "rejected";
    }

    get canAccept() {
        return this.change.status !== "problem";
    }

    /** Tags of both sides come together: there is nothing to choose. */
    get canChooseOther() {
        return !this.change.tags && (this.isTroubled || this.isOther || this.isRejected);
    }

    get badge() {
        return (
            {
                conflict: _t("conflict"),
                refused: _t("refused"),
                problem: _t("not possible"),
                undone: _t("undone"),
            }[this.change.status] || ""
        );
    }

    get changedBy() {
        const { changed_by: name, changed_at: at } = this.change;
        return name && at ? `${name}, ${formatMoment(at)}` : name;
    }

    get settled() {
        if (this.change.status === "same") {
            return _t("already so");
        }
        return _t("carried back by %(name)s, %(time)s", {
            name: this.change.carried_by,
            time: formatMoment(this.change.carried_at),
        });
    }

    get acceptLabel() {
        return this.isConflict ? _t("Agent's") : _t("Accept");
    }

    get rejectLabel() {
        return this.isConflict ? _t("Keep") : _t("Reject");
    }

    /** A second click takes a decision back. */
    toggle(decision, isChosen) {
        this.props.decide(this.change, isChosen ? "pending" : decision);
    }
}
