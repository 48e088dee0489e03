import { reactive } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** What the quality inspection makes of the agent's calls: told at once, and listed. */
export class Verdicts {
    /** Grows with each piece of news, so that an open list reads itself anew. */
    news = 0;

    constructor({ orm, bus, notification, customers }) {
        this._orm = orm;
        this._bus = bus;
        this._notification = notification;
        this._customers = customers;
        this._isOpen = false;
    }

    /** The page was opened. */
    open() {
        if (!this._isOpen) {
            this._isOpen = true;
            this._bus.subscribe("callcenter_outbound/verdict", (verdict) => this._onNews(verdict));
        }
    }

    /** @returns {Promise<Object[]>} the latest verdicts, newest first */
    read() {
        return this._orm.silent.call("callcenter.agent", "action_read_verdicts", []);
    }

    _onNews({ task_id, title, verdict, score, reason }) {
        this.news++;
        this._customers.refresh(task_id);
        if (verdict === "pending") {
            return;
        }
        const isPassed = verdict === "passed";
        this._notification.add(reason || _t("Without a remark."), {
            title: isPassed
                ? _t("Inspected: %(title)s passed with %(score)s points", { title, score })
                : _t("Inspected: %(title)s failed with %(score)s points", { title, score }),
            type: isPassed ? "success" : "warning",
            sticky: !isPassed,
        });
    }
}

export const verdictService = {
    dependencies: ["orm", "bus_service", "notification", "callcenter_outbound.customers"],
    start(env, services) {
        return reactive(
            new Verdicts({
                orm: services.orm,
                bus: services.bus_service,
                notification: services.notification,
                customers: services["callcenter_outbound.customers"],
            })
        );
    },
};

registry.category("services").add("callcenter_outbound.verdicts", verdictService);
