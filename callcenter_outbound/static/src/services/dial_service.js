import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** The click on a call button: warn of what it leaves behind, show the customer, call. */
export class Dialer {
    constructor({ dialog, workspace, calls, tabs }) {
        this._dialog = dialog;
        this._workspace = workspace;
        this._calls = calls;
        this._tabs = tabs;
    }

    /**
     * @param {{id: number, title: string}} task
     * @param {{id: number, number_masked: string}|false} [number] false for the first one
     */
    dial(task, number = false) {
        if (!this._calls.canDial) {
            return;
        }
        const { wrapUp } = this._workspace;
        if (!wrapUp) {
            this._dial(task, number);
            return;
        }
        this._dialog.add(ConfirmationDialog, {
            title: _t("Leave the last contact record unsaved?"),
            body: _t(
                "You have not saved the contact record of your call with “%s”. If you call now, it stays unsaved.",
                wrapUp.title
            ),
            confirmLabel: _t("Call now"),
            confirm: () => {
                this._dial(task, number);
            },
            cancelLabel: _t("Go back"),
            cancel: () => {
                if (wrapUp.task_id) {
                    this._tabs.show(wrapUp.task_id);
                }
            },
        });
    }

    _dial(task, number) {
        this._tabs.show(task.id);
        return this._calls.dial(task, number);
    }
}

export const dialService = {
    dependencies: [
        "dialog",
        "callcenter_outbound.workspace",
        "callcenter_outbound.calls",
        "callcenter_outbound.tabs",
    ],
    start(env, services) {
        return new Dialer({
            dialog: services.dialog,
            workspace: services["callcenter_outbound.workspace"],
            calls: services["callcenter_outbound.calls"],
            tabs: services["callcenter_outbound.tabs"],
        });
    },
};

registry.category("services").add("callcenter_outbound.dialer", dialService);
