import { Component, onWillStart, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KeepLast } from "@web/core/utils/concurrency";
import { useDebounced } from "@web/core/utils/timing";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";
import { formatMoment } from "../services/time";
import { OtherValueDialog } from "./other_value_dialog";
import { RollbackChange } from "./rollback_change";

const MODEL = "callcenter.rollback";
/** How many customers the server gives at once. */
const PAGE = 40;
const SEARCH_DELAY = 300;
const TO_DECIDE = ["pending", "conflict", "refused", "problem"];

/** The manager's page that carries the agents' edits back to the contacts. */
export class RollbackAction extends Component {
    static template = "callcenter_outbound.Rollback";
    static components = { HotkeyHint, RollbackChange };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Rollback");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.keepCustomer = new KeepLast();
        this.keepList = new KeepLast();
        this.state = useState({
            plans: [],
            plan: false,
            kind: "all",
            shown: "all",
            term: "",
            offset: 0,
            customers: [],
            count: 0,
            customer: false,
            isBusy: false,
            /** {text} while batches go to the server */
            progress: false,
            /** {tone, text, details, runId} of what was done last */
            result: false,
        });
        this.search = useDebounced(() => this.showFrom(0), SEARCH_DELAY);
        useHotkey("alt+arrowdown", () => this.step(1), { bypassEditableProtection: true });
        useHotkey("alt+arrowup", () => this.step(-1), { bypassEditableProtection: true });
        onWillStart(() => this.open());
    }

    // What is shown -------------------------------------------------------------------------------

    get kinds() {
        return [
            ["all", _t("All contacts")],
            ["person", _t("Persons")],
            ["company", _t("Companies")],
        ];
    }

    get filters() {
        return [
            ["all", _t("All")],
            ["decide", _t("To decide")],
            ["accepted", _t("Accepted")],
            ["done", _t("Carried back")],
        ];
    }

    get counts() {
        return this.state.plan.counts;
    }

    get toDecide() {
        return TO_DECIDE.reduce((sum, status) => sum + this.counts[status], 0);
    }

    get size() {
        const { customers, changes } = this.state.plan;
        return _t("%(customers)s customers · %(changes)s changes", { customers, changes });
    }

    get conflicts() {
        return this.counts.conflict === 1
            ? _t("1 conflict")
            : _t("%s conflicts", this.counts.conflict);
    }

    get summary() {
        const parts = [
            _t("%s accepted", this.counts.accepted),
            _t("%s rejected", this.counts.rejected),
            _t("%s to decide", this.toDecide),
        ];
        const more = [
            [this.counts.same, (count) => _t("%s already so", count)],
            [this.counts.done, (count) => _t("%s carried back", count)],
            [this.counts.undone, (count) => _t("%s undone", count)],
        ];
        for (const [count, describe] of more) {
            if (count) {
                parts.push(describe(count));
            }
        }
        return parts.join(" · ");
    }

    get carryLabel() {
        return this.counts.accepted === 1
            ? _t("Carry 1 change back")
            : _t("Carry %s changes back", this.counts.accepted);
    }

    get wholeLabel() {
        return _t("Carry the whole plan back");
    }

    /** Whoever has accepted something reviews; nobody has: all may go at once. */
    get offersWhole() {
        return this.counts.pending > 0 && !this.counts.accepted;
    }

    /** @returns {number} percent of the changes that are no manager's to decide */
    get settledShare() {
        const { changes } = this.state.plan;
        return changes ? Math.round((100 * (changes - this.toDecide)) / changes) : 0;
    }

    get pageLabel() {
        const { offset, customers, count } = this.state;
        return _t("%(first)s–%(last)s of %(count)s", {
            first: offset + 1,
            last: offset + customers.length,
            count,
        });
    }

    get hasPages() {
        return this.state.count > PAGE;
    }

    get isLastPage() {
        return this.state.offset + PAGE >= this.state.count;
    }

    /** The row that the keys act on: the first to decide, else the first that can be. */
    get currentId() {
        const { changes } = this.state.customer;
        const current =
            changes.find(({ status }) => TO_DECIDE.includes(status)) ||
            changes.find(({ status }) => !["same", "done"].includes(status));
        return current?.id;
    }

    get source() {
        const { agent, call } = this.state.customer;
        return call
            ? _t("edited by %(agent)s, call of %(time)s", {
                  agent,
                  time: formatMoment(call.at),
              })
            : _t("edited by %s", agent);
    }

    get canUndoCustomer() {
        return this.state.customer.changes.some(({ status }) => status === "done");
    }

    get hasAnyPlan() {
        return Boolean(this.state.plans.length);
    }

    describeCustomer({ changes, conflicts }) {
        const parts = [changes === 1 ? _t("1 change") : _t("%s changes", changes)];
        if (conflicts) {
            parts.push(conflicts === 1 ? _t("1 conflict") : _t("%s conflicts", conflicts));
        }
        return parts.join(" · ");
    }

    describeStatus({ status }) {
        return {
            decide: _t("decide"),
            accepted: _t("accepted"),
            done: _t("carried back"),
            undone: _t("undone"),
            rejected: _t("rejected"),
            same: _t("already so"),
        }[status];
    }

    getTone({ status }) {
        return (
            { decide: "o_cc_warn", accepted: "o_cc_good", done: "o_cc_good" }[status] ||
            "o_cc_plain"
        );
    }

    describeRun(run) {
        return _t("%(time)s, %(user)s: %(changes)s changes of %(customers)s customers", {
            time: formatMoment(run.at),
            user: run.user,
            changes: run.changes,
            customers: run.customers,
        });
    }

    describeUndone({ undone, changes }) {
        return undone === changes ? _t("undone") : _t("%s undone", undone);
    }

    describePlan({ name, changes }) {
        return `${name} (${changes})`;
    }

    // Reading -------------------------------------------------------------------------------------

    call(method, ...args) {
        return this.orm.call(MODEL, method, args);
    }

    async open() {
        this.state.plans = await this.call("action_read_plans");
        const { resId, action } = this.props;
        const wanted = resId || action.context?.plan_id;
        const plan = this.state.plans.find(({ id }) => id === wanted) || this.state.plans[0];
        if (plan) {
            this.props.updateActionState?.({ resId: plan.id });
            await this.readPlan(plan.id);
        }
    }

    /** @param {string} value of the drop-down list */
    async onPlanChosen(value) {
        const id = Number(value);
        this.props.updateActionState?.({ resId: id });
        Object.assign(this.state, { result: false, offset: 0, customer: false, term: "" });
        await this.reload(id);
    }

    /** Reads all that stands on the page again; the chosen customer stays chosen. */
    async reload(planId = this.state.plan.id) {
        const [plans] = await Promise.all([this.call("action_read_plans"), this.readPlan(planId)]);
        this.state.plans = plans;
    }

    async readPlan(planId) {
        const [plan] = await Promise.all([
            this.call("action_read_rollback", planId, this.state.kind),
            this.loadCustomers(planId),
        ]);
        this.state.plan = plan;
        await this.selectShown();
    }

    async loadCustomers(planId = this.state.plan.id) {
        const { kind, shown, term, offset } = this.state;
        const page = await this.keepList.add(
            this.call("action_read_customers", planId, kind, shown, term, offset)
        );
        Object.assign(this.state, page);
    }

    /** The chosen customer, else the first of the page. */
    async selectShown() {
        const { customer, customers } = this.state;
        await this.select(customer ? customer.id : customers[0]?.id);
    }

    async select(id) {
        if (!id) {
            this.state.customer = false;
            return;
        }
        this.state.customer = await this.keepCustomer.add(this.call("action_read_customer", id));
    }

    /** The counts are those of persons, of companies, or of all. */
    async chooseKind(kind) {
        Object.assign(this.state, { kind, offset: 0, customer: false });
        await this.reload();
    }

    async chooseShown(shown) {
        this.state.shown = shown;
        await this.showFrom(0);
    }

    /** Shows other customers of the same plan; its counts stay. */
    async showFrom(offset) {
        Object.assign(this.state, { offset, customer: false });
        await this.loadCustomers();
        await this.selectShown();
    }

    async turn(pages) {
        await this.showFrom(Math.max(0, this.state.offset + pages * PAGE));
    }

    async step(by) {
        const { customers, customer } = this.state;
        const index = customers.findIndex(({ id }) => id === customer.id) + by;
        if (index >= 0 && index < customers.length) {
            await this.select(customers[index].id);
            document
                .querySelector(`.o_cc_rollback_customer[data-id="${customers[index].id}"]`)
                ?.scrollIntoView({ block: "nearest" });
        } else if (by > 0 && !this.isLastPage) {
            await this.turn(1);
        }
    }

    onSearch(term) {
        this.state.term = term;
        this.search();
    }

    // Deciding ------------------------------------------------------------------------------------

    /** Does something that the server may refuse; the page is read again in either case. */
    async work(job) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            await job();
        } finally {
            this.state.isBusy = false;
            this.state.progress = false;
            await this.reload();
        }
    }

    decide(change, decision, value = false) {
        return this.work(() => this.call("action_decide", change.id, decision, change.seen, value));
    }

    chooseOther(change) {
        this.dialog.add(OtherValueDialog, {
            change,
            search: (term) => this.call("action_search_value", change.id, term),
            choose: (value) => this.decide(change, "other", value),
        });
    }

    acceptAll() {
        const { plan, kind } = this.state;
        return this.work(() => this.call("action_accept_all", plan.id, kind));
    }

    decideCustomer(decision) {
        const { id } = this.state.customer;
        return this.work(() => this.call("action_decide_customer", id, decision));
    }

    // Carrying back, undoing ----------------------------------------------------------------------

    confirm(title, body, confirmLabel, confirm) {
        this.dialog.add(ConfirmationDialog, {
            title,
            body,
            confirmLabel,
            confirm,
            cancel: () => {},
        });
    }

    askCarry() {
        this.confirm(
            this.carryLabel,
            _t(
                "The accepted values are written into the contacts, with a note in the chatter of each. It can be undone."
            ),
            _t("Carry back"),
            () => this.carry("action_carry_back")
        );
    }

    askCarryPlan() {
        this.confirm(
            this.wholeLabel,
            _t(
                "All changes without a conflict are accepted and written into the contacts, with a note in the chatter of each. Conflicts are left for you to decide. It can be undone."
            ),
            _t("Carry back"),
            () => this.carry("action_carry_back_plan")
        );
    }

    /** The server carries some customers with each call. */
    carry(method) {
        const { plan, kind } = this.state;
        return this.work(async () => {
            this.state.result = false;
            let answer = await this.call(method, plan.id, kind);
            const runId = answer.run_id;
            const sums = { carried: answer.carried, refused: answer.refused };
            while (answer.remaining) {
                this.state.progress = _t("%(done)s carried back, %(left)s to go", {
                    done: sums.carried,
                    left: answer.remaining,
                });
                answer = await this.call("action_carry_back", plan.id, kind, runId);
                sums.carried += answer.carried;
                sums.refused += answer.refused;
            }
            this.state.result = this.describeCarried(sums, runId);
        });
    }

    describeCarried({ carried, refused }, runId) {
        const parts = [
            carried === 1 ? _t("1 change carried back.") : _t("%s changes carried back.", carried),
        ];
        if (refused) {
            parts.push(_t("The contacts did not take %s: see why, and decide again.", refused));
        }
        return {
            tone: refused ? "warning" : "success",
            text: parts.join(" "),
            details: [],
            runId: carried && runId,
        };
    }

    askUndo(runId) {
        this.confirm(
            _t("Undo this rollback"),
            _t(
                "The contacts get back what they held before, where they still hold what was written."
            ),
            _t("Undo"),
            () => this.undo(runId)
        );
    }

    undo(runId) {
        return this.work(async () => {
            let answer = await this.call("action_undo", runId);
            let { undone, left } = answer;
            while (answer.remaining) {
                this.state.progress = _t("%(done)s undone, %(left)s to go", {
                    done: undone,
                    left: answer.remaining,
                });
                answer = await this.call("action_undo", runId, true);
                undone += answer.undone;
                left = left.concat(answer.left);
            }
            this.state.result = this.describeUndo(undone, left);
        });
    }

    undoCustomer() {
        const { id } = this.state.customer;
        return this.work(async () => {
            const { undone, left } = await this.call("action_undo_customer", id);
            this.state.result = this.describeUndo(undone, left);
        });
    }

    describeUndo(undone, left) {
        const parts = [undone === 1 ? _t("1 change undone.") : _t("%s changes undone.", undone)];
        if (left.length) {
            parts.push(_t("%s were left as they are:", left.length));
        }
        return {
            tone: left.length ? "warning" : "success",
            text: parts.join(" "),
            details: left,
            runId: false,
        };
    }

    // Elsewhere -----------------------------------------------------------------------------------

    openRecord(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("callcenter_outbound.rollback", RollbackAction);
