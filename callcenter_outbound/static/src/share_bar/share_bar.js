import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const NUMBERS = ["unfinished", "gets", "after", "total"];

/**
 * How much an agent has and gets, as a bar: grey what is there already, green what comes, red what
 * is taken away. The row gives `unfinished`, `gets` (below zero: taken away), `after` and `total`,
 * the number for which the bar is full: the same in all rows, so that the bars can be compared.
 */
export class ShareBar extends Component {
    static template = "callcenter_outbound.ShareBar";
    static props = {
        ...standardFieldProps,
        name: { type: String, optional: true },
    };

    get numbers() {
        const { data } = this.props.record;
        return Object.fromEntries(NUMBERS.map((name) => [name, data[name] || 0]));
    }

    get kept() {
        const { unfinished, after } = this.numbers;
        return Math.min(unfinished, after);
    }

    /** What the bar shows besides what is kept, false if nothing changes. */
    get change() {
        const { unfinished, after } = this.numbers;
        if (after > unfinished) {
            return { tone: "bg-success", count: after - unfinished };
        }
        return after < unfinished && { tone: "bg-danger", count: unfinished - after };
    }

    getWidth(count) {
        const { unfinished, after, total } = this.numbers;
        const full = Math.max(total, unfinished, after);
        return `width: ${full > 0 ? Math.max(0, (count / full) * 100) : 0}%`;
    }

    get description() {
        const { unfinished, gets, after } = this.numbers;
        if (gets < 0) {
            return _t("%(unfinished)s unfinished, %(taken)s taken away: %(after)s", {
                unfinished,
                taken: -gets,
                after,
            });
        }
        return _t("%(unfinished)s unfinished and %(gets)s new: %(after)s", {
            unfinished,
            gets,
            after,
        });
    }
}

const fieldDependencies = NUMBERS.map((name) => ({ name, type: "integer" }));

registry.category("view_widgets").add("callcenter_outbound.share_bar", {
    component: ShareBar,
    additionalClasses: ["o_cc_share_bar_widget"],
    fieldDependencies,
    listViewWidth: [160],
});
// The same as a field, for a column that has a title.
registry.category("fields").add("callcenter_outbound.share_bar", {
    component: ShareBar,
    displayName: _t("Share Bar"),
    supportedTypes: ["integer"],
    additionalClasses: ["o_cc_share_bar_widget"],
    fieldDependencies,
    listViewWidth: [160],
});
