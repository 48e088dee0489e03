import { formatFloat, formatInteger } from "@web/views/fields/formatters";

/** Stands where there was nothing. */
const NOTHING = "–";

/**
 * @param {number} value
 * @param {string} kind `count`, `duration` in seconds, or `rate` as a fraction
 * @returns {string} as the page shows a figure
 */
export function formatFigure(value, kind) {
    if (kind === "rate") {
        const percent = formatFloat(100 * value, { digits: [16, 2], trailingZeros: false });
        return `${percent} %`;
    }
    if (!value) {
        return NOTHING;
    }
    return kind === "duration" ? formatDuration(value) : formatInteger(value);
}

/** @returns {string} hours, minutes and seconds; hours only where there are some */
export function formatDuration(seconds) {
    const whole = Math.round(seconds);
    const pad = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(whole / 60);
    if (minutes < 60) {
        return `${minutes}:${pad(whole % 60)}`;
    }
    return `${formatInteger(Math.floor(minutes / 60))}:${pad(minutes % 60)}:${pad(whole % 60)}`;
}
