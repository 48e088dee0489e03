import { formatDate, formatDateTime, deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";
import { parseFloat, parseInteger } from "@web/views/fields/parsers";
import { fromLocalInput, parseMoment, toLocalInput } from "./time";

/*
 * A field of the customer has three shapes of its value: as the server tells it, as the agent edits it
 * (text of an input; [id, name] or a list of these for relations), and as the server is told it.
 */

const NUMBERS = {
    integer: { parse: parseInteger, format: formatInteger },
    float: { parse: parseFloat, format: formatFloat },
    monetary: { parse: parseFloat, format: formatFloat },
};

/**
 * @param {Object} field as the server tells it
 * @returns {any} its value as the agent edits it
 */
export function toEditValue({ type, value }) {
    if (type in NUMBERS) {
        return value === false || value === null ? "" : NUMBERS[type].format(value);
    }
    switch (type) {
        case "boolean":
            return Boolean(value);
        case "datetime":
            return toLocalInput(value);
        case "many2one":
            return value || false;
        case "many2many":
            return value || [];
        case "selection":
            return value === false ? "" : String(value);
        default:
            return value || "";
    }
}

/**
 * @param {Object} field as the server tells it
 * @param {any} edited value
 * @returns {{value: any}|{error: string}} the value as the server is told it
 */
export function toServerValue({ type, selection }, edited) {
    if (type in NUMBERS) {
        if (!edited.trim()) {
            return { value: false };
        }
        try {
            return { value: NUMBERS[type].parse(edited) };
        } catch {
            return { error: _t("“%s” is not a number.", edited) };
        }
    }
    switch (type) {
        case "boolean":
            return { value: edited };
        case "datetime":
            return { value: fromLocalInput(edited) };
        case "many2one":
            return { value: edited ? edited[0] : false };
        case "many2many":
            return { value: edited.map(([id]) => id) };
        case "selection": {
            const option = selection.find(([key]) => String(key) === edited);
            return { value: option ? option[0] : false };
        }
        default:
            return { value: edited || false };
    }
}

/** @returns {boolean} whether the edited value is what stands there already */
export function isSameValue(field, edited) {
    const asTold = (value) => JSON.stringify(toServerValue(field, value));
    return asTold(edited) === asTold(toEditValue(field));
}

/**
 * @param {Object} field as the server tells it
 * @returns {string} the value in words
 */
export function describeValue({ type, value, selection }) {
    if (type === "boolean") {
        return value ? _t("Yes") : _t("No");
    }
    if (value === false || value === null || value === "") {
        return "";
    }
    if (type in NUMBERS) {
        return NUMBERS[type].format(value);
    }
    switch (type) {
        case "date":
            return formatDate(deserializeDate(value));
        case "datetime":
            return formatDateTime(parseMoment(value), { showSeconds: false });
        case "many2one":
            return value[1];
        case "many2many":
            return value.map(([, name]) => name).join(", ");
        case "selection":
            return selection.find(([key]) => key === value)?.[1] ?? String(value);
        default:
            return String(value);
    }
}
