import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFigure } from "../statistics_page/format_figure";

/** All figures of each row; a click on one opens what it counts. */
export class StatisticsTable extends Component {
    static template = "callcenter_outbound.StatisticsTable";
    static props = {
        firstLabel: String,
        by: String,
        columns: Array,
        rows: Array,
        total: Object,
        /** called with the name of the figure and the key of the row */
        onOpen: Function,
    };

    get columns() {
        return this.props.columns.filter((column) => column.is_shown);
    }

    /** The upper line of the header: columns of their own, and headings of several. */
    get headings() {
        const headings = [];
        for (const column of this.columns) {
            const { outcome } = column;
            const last = headings.at(-1);
            if (!outcome) {
                headings.push({ key: column.name, column });
            } else if (last?.key === outcome) {
                last.span++;
            } else {
                headings.push({ key: outcome, label: this.outcomeLabels[outcome], span: 1 });
            }
        }
        return headings;
    }

    get outcomeLabels() {
        return { answered: _t("Answered"), unanswered: _t("Unanswered") };
    }

    get results() {
        return this.columns.filter((column) => column.outcome);
    }

    get rows() {
        // In total there is but the last line.
        return this.props.by === "total" ? [] : this.props.rows;
    }

    get total() {
        return { ...this.props.total, label: _t("Total"), key: "total" };
    }

    format(row, column) {
        return formatFigure(row[column.name], column.kind);
    }

    describe(row, column) {
        return `${row.label}, ${column.label}: ${this.format(row, column)}`;
    }
}
