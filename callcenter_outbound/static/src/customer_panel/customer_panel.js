import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { ContactHistory } from "../contact_history/contact_history";
import { ContactRecord } from "../contact_record/contact_record";
import { CustomerField } from "../customer_field/customer_field";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";
import { Notice } from "../notice/notice";
import { Questionnaire } from "../questionnaire/questionnaire";
import { ScriptCard } from "../script_card/script_card";
import { StatusBadge } from "../status_badge/status_badge";

/** One customer: numbers to call, fields, contact record, script, history. */
export class CustomerPanel extends Component {
    static template = "callcenter_outbound.CustomerPanel";
    static components = {
        ContactHistory,
        ContactRecord,
        CustomerField,
        HotkeyHint,
        Notice,
        Questionnaire,
        ScriptCard,
        StatusBadge,
    };
    static props = { taskId: Number };

    setup() {
        this.calls = useState(useService("callcenter_outbound.calls"));
        this.phone = useState(useService("callcenter_outbound.phone"));
        this.workspace = useState(useService("callcenter_outbound.workspace"));
        this.customers = useState(useService("callcenter_outbound.customers"));
        this.dialer = useService("callcenter_outbound.dialer");
        this.root = useRef("root");
        // Who opened it by a key goes on with the keyboard from here.
        useEffect(
            () => {
                const { activeElement } = document;
                const isElsewhere = activeElement && activeElement.closest("[role=tablist], form");
                if (!isElsewhere) {
                    this.root.el.focus({ preventScroll: true });
                }
            },
            () => [this.props.taskId]
        );
    }

    /** Whether it was read or not. */
    get entry() {
        return this.customers.tasks[this.props.taskId] || { status: "loading" };
    }

    get task() {
        return this.customers.get(this.props.taskId);
    }

    get canDial() {
        return this.calls.canDial && !this.phone.call;
    }

    get refusal() {
        const { refusal } = this.calls;
        return refusal && refusal.taskId === this.props.taskId ? refusal.message : "";
    }

    get planNotice() {
        const { state } = this.task.plan;
        if (state === "running") {
            return "";
        }
        return state === "paused"
            ? _t(
                  "The plan “%s” is paused: no calls are made until it goes on.",
                  this.task.plan.name
              )
            : _t("The plan “%s” is not running: no calls are made.", this.task.plan.name);
    }

    get changesText() {
        const { changes } = this.task;
        if (changes === 1) {
            return _t(
                "1 change kept with this task; the contact itself stays as it was until a manager accepts it."
            );
        }
        return _t(
            "%s changes kept with this task; the contact itself stays as it was until a manager accepts them.",
            changes
        );
    }

    getNumber(number) {
        return number.number || number.number_masked;
    }

    getCallLabel(number) {
        return _t("Call %(title)s at %(number)s", {
            title: this.task.title,
            number: this.getNumber(number),
        });
    }

    isDialing(number) {
        const { dialing } = this.calls;
        return (
            dialing &&
            dialing.taskId === this.props.taskId &&
            (dialing.numberId === number.id || dialing.numberId === false)
        );
    }

    dial(number) {
        const { id, title } = this.task;
        this.dialer.dial({ id, title }, number);
    }
}
