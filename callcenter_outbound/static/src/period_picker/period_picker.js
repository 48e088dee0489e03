import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { _t } from "@web/core/l10n/translation";
import { DateInput } from "../date_input/date_input";

/** A period: one that goes along with the days, or two days. */
export class PeriodPicker extends Component {
    static template = "callcenter_outbound.PeriodPicker";
    static components = { DateInput, Dropdown, DropdownItem };
    static props = {
        /** `preset`, or `date_from` and `date_to` as ISO dates */
        period: Object,
        /** what the server made of the period; empty until it is known */
        dateFrom: String,
        dateTo: String,
        timeZone: String,
        onChange: Function,
    };

    setup() {
        this.dropdown = useDropdownState();
        this.state = useState({ from: "", to: "" });
    }

    get presets() {
        return [
            { name: "today", label: _t("Today") },
            { name: "yesterday", label: _t("Yesterday") },
            { name: "this_week", label: _t("This week") },
            { name: "last_week", label: _t("Last week") },
            { name: "this_month", label: _t("This month") },
            { name: "last_month", label: _t("Last month") },
        ];
    }

    get label() {
        const { dateFrom, dateTo, period } = this.props;
        const preset = this.presets.find(({ name }) => name === period.preset);
        const days = [...new Set([dateFrom, dateTo])].filter(Boolean).map(formatDay).join(" – ");
        return [preset?.label, days].filter(Boolean).join(": ");
    }

    get isReady() {
        return this.state.from && this.state.to && this.state.from <= this.state.to;
    }

    /** The two days start as what is shown. */
    onOpened() {
        this.state.from = this.props.dateFrom;
        this.state.to = this.props.dateTo;
    }

    applyDays() {
        if (this.isReady) {
            this.dropdown.close();
            this.props.onChange({ date_from: this.state.from, date_to: this.state.to });
        }
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            this.applyDays();
        }
    }
}

function formatDay(day) {
    return luxon.DateTime.fromISO(day).toLocaleString(luxon.DateTime.DATE_MED);
}
