/** What the page can show, and how an address says it. */

export const BY = ["total", "day", "hour", "plan", "group", "agent"];

export const FILTERS = ["plan_ids", "group_ids", "agent_ids"];

const PRESETS = ["today", "yesterday", "this_week", "last_week", "this_month", "last_month"];

const DAY = /^\d{4}-\d\d-\d\d$/;

/** What is shown to whoever opens the page for the first time. */
export function defaultQuery() {
    return {
        period: { preset: "today" },
        by: "hour",
        plan_ids: [],
        group_ids: [],
        agent_ids: [],
    };
}

/**
 * @param {Object} query
 * @returns {Object} the parameters of the page's address; undefined where there is nothing to say
 */
export function toAddress(query) {
    const { preset, date_from, date_to } = query.period;
    const address = { by: query.by, period: preset || `${date_from}_${date_to}` };
    for (const name of FILTERS) {
        address[name] = query[name].length ? query[name].join(",") : undefined;
    }
    return address;
}

/**
 * @param {Object} address as `toAddress` makes it, from outside: anything can be in it
 * @returns {Object|false} the query; false when the address says none
 */
export function fromAddress(address) {
    if (!BY.includes(address.by)) {
        return false;
    }
    const query = { ...defaultQuery(), by: address.by };
    query.period = parsePeriod(String(address.period)) || query.period;
    for (const name of FILTERS) {
        query[name] = String(address[name] ?? "")
            .split(",")
            .map(Number)
            .filter((id) => Number.isInteger(id) && id > 0);
    }
    return query;
}

function parsePeriod(text) {
    if (PRESETS.includes(text)) {
        return { preset: text };
    }
    const [date_from, date_to] = text.split("_");
    return DAY.test(date_from) && DAY.test(date_to) ? { date_from, date_to } : false;
}
