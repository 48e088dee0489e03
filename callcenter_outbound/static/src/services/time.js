import { serializeDateTime } from "@web/core/l10n/dates";

/**
 * @param {string} time as the server sends it: UTC, ISO 8601 or with a space between day and hour
 * @returns {DateTime|false} in the user's time zone
 */
export function parseMoment(time) {
    if (!time) {
        return false;
    }
    return luxon.DateTime.fromISO(time.replace(" ", "T"), { zone: "utc" }).toLocal();
}

/**
 * @param {string} time as the server sends it
 * @returns {number} milliseconds
 */
export function parseTime(time) {
    return time ? parseMoment(time).toMillis() : NaN;
}

/**
 * @param {string} time as the server sends it
 * @param {number} [now] milliseconds
 * @returns {string} the hour alone on the same day, else with the day
 */
export function formatMoment(time, now = Date.now()) {
    const moment = parseMoment(time);
    if (!moment) {
        return "";
    }
    const today = luxon.DateTime.fromMillis(now);
    if (moment.hasSame(today, "day")) {
        return moment.toLocaleString(luxon.DateTime.TIME_SIMPLE);
    }
    const year = moment.hasSame(today, "year") ? undefined : "numeric";
    return moment.toLocaleString({
        year,
        month: "short",
        day: "numeric",
        hour: "numeric",
        minute: "2-digit",
    });
}

/**
 * @param {string} time as the server sends it
 * @returns {string} what an input of the type `datetime-local` shows
 */
export function toLocalInput(time) {
    const moment = parseMoment(time);
    return moment ? moment.toFormat("yyyy-MM-dd'T'HH:mm") : "";
}

/**
 * @param {string} text of an input of the type `datetime-local`
 * @returns {string|false} as the server wants it
 */
export function fromLocalInput(text) {
    const moment = text && luxon.DateTime.fromISO(text);
    return moment && moment.isValid ? serializeDateTime(moment) : false;
}
