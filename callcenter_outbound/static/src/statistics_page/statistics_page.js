import { Component, onMounted, onWillStart, useState } from "@odoo/owl";
import { router } from "@web/core/browser/router";
import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { MultiRecordSelector } from "@web/core/record_selectors/multi_record_selector";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Notice } from "../notice/notice";
import { PeriodPicker } from "../period_picker/period_picker";
import { PageStorage } from "../services/page_storage";
import { explainError } from "../services/server_error";
import { StatisticsChart } from "../statistics_chart/statistics_chart";
import { StatisticsTable } from "../statistics_table/statistics_table";
import { formatDuration, formatFigure } from "./format_figure";
import { BY, defaultQuery, FILTERS, fromAddress, toAddress } from "./statistics_query";

const MODEL = "callcenter.statistics";

/** The figures of a period: what was dialled, reached and achieved; a click opens what was counted. */
export class StatisticsPage extends Component {
    static template = "callcenter_outbound.StatisticsPage";
    static components = {
        MultiRecordSelector,
        Notice,
        PeriodPicker,
        StatisticsChart,
        StatisticsTable,
    };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.storage = new PageStorage("statistics");
        this.keepLast = new KeepLast();
        this.state = useState({
            query: this.restoreQuery(),
            page: null,
            error: "",
            isLoading: false,
            isExporting: false,
        });
        onWillStart(() => this.load());
        onMounted(() => this.keepQuery());
    }

    /** What the address says, else what this tab showed last. */
    restoreQuery() {
        const kept = this.storage.read();
        return fromAddress(router.current) || (kept && fromAddress(kept)) || defaultQuery();
    }

    keepQuery() {
        const address = toAddress(this.state.query);
        this.storage.write(address);
        this.props.updateActionState?.(address);
    }

    get bys() {
        const labels = this.byLabels;
        return BY.map((by) => ({ by, label: labels[by] }));
    }

    get byLabels() {
        return {
            total: _t("Total"),
            day: _t("Day"),
            hour: _t("Hour"),
            plan: _t("Plan"),
            group: _t("Group"),
            agent: _t("Agent"),
        };
    }

    get filters() {
        return [
            {
                name: "plan_ids",
                model: "callcenter.dial.plan",
                label: _t("Dial plans"),
                placeholder: _t("All plans"),
            },
            {
                name: "group_ids",
                model: "callcenter.agent.group",
                label: _t("Agent groups"),
                placeholder: _t("All groups"),
            },
            {
                name: "agent_ids",
                model: "callcenter.agent",
                label: _t("Agents"),
                placeholder: _t("All agents"),
            },
        ];
    }

    /** Archived ones have figures as well. */
    get filterContext() {
        return { active_test: false };
    }

    get isFiltered() {
        return FILTERS.some((name) => this.state.query[name].length);
    }

    get isEmpty() {
        return !this.state.page.total.dials;
    }

    /** Which of the filters are on, as the server takes them. */
    get chosen() {
        const { query } = this.state;
        return Object.fromEntries(FILTERS.map((name) => [name, [...query[name]]]));
    }

    get cards() {
        const { total } = this.state.page;
        const rest = total.dials - total.answered;
        return [
            this.makeCard("data_volume", _t("customers dialled")),
            this.makeCard(
                "dials",
                _t("%(answered)s answered · %(rest)s not", { answered: total.answered, rest })
            ),
            this.makeCard(
                "contact_rate",
                _t("%(reached)s of %(data_volume)s customers reached", total)
            ),
            this.makeCard("answer_rate", _t("%(answered)s of %(dials)s calls", total)),
            this.makeCard(
                "effective_contact_rate",
                _t("%(done_success)s of %(data_volume)s done (success)", total)
            ),
            {
                ...this.makeCard("talk_seconds", _t("of %s", formatDuration(total.total_seconds))),
                label: _t("Talk / total time"),
                text: formatDuration(total.talk_seconds),
            },
        ];
    }

    makeCard(name, note) {
        const { columns, total } = this.state.page;
        const { label, help, kind } = columns.find((column) => column.name === name);
        return { name, label, help, note, text: formatFigure(total[name], kind) };
    }

    get failedText() {
        const { failed } = this.state.page;
        return failed === 1
            ? _t("1 attempt failed before it reached a customer")
            : _t("%s attempts failed before they reached a customer", failed);
    }

    get chartTitle() {
        return {
            total: _t("Calls in total"),
            day: _t("Calls by day"),
            hour: _t("Calls by hour"),
            plan: _t("Calls by plan"),
            group: _t("Calls by group"),
            agent: _t("Calls by agent"),
        }[this.state.page.by];
    }

    async load() {
        const { query } = this.state;
        const { by } = query;
        this.state.isLoading = true;
        try {
            const page = await this.keepLast.add(
                this.orm.call(MODEL, "read_page", [{ ...query.period }, by, this.chosen])
            );
            this.state.page = { ...page, by };
            this.state.error = "";
        } catch (error) {
            this.state.error = explainError(error, _t("The figures were not read."));
        }
        this.state.isLoading = false;
    }

    async show(values) {
        Object.assign(this.state.query, values);
        this.keepQuery();
        await this.load();
    }

    clearFilters() {
        return this.show({ plan_ids: [], group_ids: [], agent_ids: [] });
    }

    async open(name, key = "total") {
        const { date_from, date_to, by } = this.state.page;
        const isTotal = key === "total";
        const action = await this.ask("action_open", [
            name,
            date_from,
            date_to,
            isTotal ? "total" : by,
            key,
            this.chosen,
        ]);
        if (action) {
            await this.action.doAction(action);
        }
    }

    async ask(method, args) {
        try {
            return await this.orm.call(MODEL, method, args);
        } catch (error) {
            this.state.error = explainError(error);
            return false;
        }
    }

    async exportTable() {
        const { date_from, date_to, by } = this.state.page;
        const chosen = Object.fromEntries(
            FILTERS.map((name) => [name, this.state.query[name].join(",")])
        );
        this.state.isExporting = true;
        try {
            await download({
                url: "/callcenter_outbound/statistics/xlsx",
                data: { date_from, date_to, by, ...chosen },
            });
        } finally {
            this.state.isExporting = false;
        }
    }
}

registry.category("actions").add("callcenter_outbound.statistics", StatisticsPage);
