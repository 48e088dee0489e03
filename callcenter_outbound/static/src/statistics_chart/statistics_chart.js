import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

/** Days without calls are shown between those with some, in a period of up to so many. */
const FILLED_DAYS = 92;

/** How the calls of each row ended, as bars. */
export class StatisticsChart extends Component {
    static template = "callcenter_outbound.StatisticsChart";
    static props = {
        title: String,
        by: String,
        rows: Array,
        /** called with the key of the row that was clicked on */
        onOpen: Function,
    };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            (rows) => {
                this.draw(fillGaps(rows, this.props.by));
            },
            () => [this.props.rows, this.props.by]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    get parts() {
        return [
            {
                name: "answered",
                label: _t("answered"),
                color: "#1f8c4d",
                count: (row) => row.answered - row.unsaved_answered,
            },
            {
                name: "unanswered",
                label: _t("unanswered"),
                color: "#a9adbf",
                count: (row) => row.dials - row.answered - (row.unsaved - row.unsaved_answered),
            },
            {
                name: "unsaved",
                label: _t("not saved"),
                color: "#d9a521",
                count: (row) => row.unsaved,
            },
        ];
    }

    /** The same in words, for whoever can't see it. */
    get description() {
        const texts = this.parts.map(({ label, count }) => {
            const sum = this.props.rows.reduce((total, row) => total + count(row), 0);
            return `${label}: ${sum}`;
        });
        return `${this.props.title}. ${texts.join(", ")}`;
    }

    draw(rows) {
        this.chart?.destroy();
        const isDark = cookie.get("color_scheme") === "dark";
        const color = isDark ? "#adb5bd" : "#6c757d";
        const grid = isDark ? "#3c3e4b" : "#e9ebee";
        // eslint-disable-next-line no-undef
        this.chart = new Chart(this.canvas.el, {
            type: "bar",
            data: {
                labels: rows.map((row) => row.label),
                datasets: this.parts.map((part) => ({
                    label: part.label,
                    backgroundColor: part.color,
                    data: rows.map(part.count),
                    maxBarThickness: 60,
                })),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                plugins: { legend: { display: false } },
                interaction: { mode: "index", intersect: false },
                scales: {
                    x: { stacked: true, grid: { display: false }, ticks: { color } },
                    y: {
                        stacked: true,
                        beginAtZero: true,
                        grid: { color: grid },
                        ticks: { color, precision: 0 },
                    },
                },
                onClick: (_event, [element]) => {
                    const row = element && rows[element.index];
                    if (row?.dials) {
                        this.props.onOpen(row.key);
                    }
                },
            },
        });
    }
}

/**
 * @param {Object[]} rows
 * @param {string} by
 * @returns {Object[]} the rows with those hours or days between them that have no calls
 */
export function fillGaps(rows, by) {
    if (rows.length < 2 || !["hour", "day"].includes(by)) {
        return rows;
    }
    const found = new Map(rows.map((row) => [row.key, row]));
    const keys = by === "hour" ? hoursBetween(rows) : daysBetween(rows);
    return keys.map(
        ({ key, label }) =>
            found.get(key) || {
                key,
                label,
                dials: 0,
                answered: 0,
                unsaved: 0,
                unsaved_answered: 0,
            }
    );
}

function hoursBetween(rows) {
    const [first, last] = [rows[0].key, rows.at(-1).key];
    const pad = (hour) => String(hour).padStart(2, "0");
    return Array.from({ length: last - first + 1 }, (_value, index) => ({
        key: first + index,
        label: `${pad(first + index)}–${pad(first + index + 1)}`,
    }));
}

function daysBetween(rows) {
    const first = luxon.DateTime.fromISO(rows[0].key);
    const count = luxon.DateTime.fromISO(rows.at(-1).key).diff(first, "days").days + 1;
    if (count > FILLED_DAYS) {
        return rows;
    }
    return Array.from({ length: Math.round(count) }, (_value, index) => {
        const day = first.plus({ days: index });
        return {
            key: day.toISODate(),
            label: formatDate(day),
        };
    });
}
