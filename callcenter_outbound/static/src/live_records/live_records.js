import { useEffect } from "@odoo/owl";
import { unique } from "@web/core/utils/arrays";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

/** The news of a model's live states; each carries the `id` of its record. */
export const LIVE_NEWS = {
    "callcenter.extension": "callcenter_outbound/extension",
    "callcenter.trunk": "callcenter_outbound/trunk",
};
/** News of a reload: what waits for it changes. */
const RELOAD_NEWS = "callcenter_outbound/reload";
/** A PBX that comes back tells of all its phones at once: they are read again together. */
const PATIENCE = 250;

/**
 * Read records again: one as forms do, more of them in one request, as lists do with rows that are
 * saved together.
 *
 * @param {Object[]} records of one model, none of them changed
 */
async function readAgain(records) {
    if (records.length < 2) {
        return records[0]?.load();
    }
    const { config, model } = records[0];
    await model.mutex.exec(async () => {
        const resIds = unique(records.map(({ resId }) => resId));
        const rows = await model._loadRecords({ ...config, resId: false, resIds });
        const values = Object.fromEntries(rows.map((row) => [row.id, row]));
        for (const record of records) {
            // Who began to type meanwhile goes on.
            if (values[record.resId] && !record.dirty) {
                record._setData(values[record.resId]);
            }
        }
    });
}

/**
 * Keep the records that a view shows as they are on the server, by the bus. Records that somebody is
 * editing are left alone; saving or discarding reads them anyway.
 *
 * @param {string} resModel
 * @param {Object} view
 * @param {() => Object[]} view.getRecords the records that are shown
 */
export function useLiveRecords(resModel, { getRecords }) {
    const bus = useService("bus_service");
    /** Ids of the records to read again, or "all". */
    let stale = new Set();

    const refresh = useDebounced(async () => {
        const all = getRecords().filter(({ resId }) => resId);
        const records = stale === "all" ? all : all.filter(({ resId }) => stale.has(resId));
        stale = new Set();
        const unchanged = [];
        for (const record of records) {
            if (!(await record.isDirty())) {
                unchanged.push(record);
            }
        }
        await readAgain(unchanged);
    }, PATIENCE);

    function refreshOne({ id }) {
        if (stale !== "all") {
            stale.add(id);
        }
        refresh();
    }

    function refreshAll() {
        stale = "all";
        refresh();
    }

    useBus(bus, "BUS:RECONNECT", refreshAll);
    useEffect(
        () => {
            const onReload = ({ state }) => state !== "running" && refreshAll();
            bus.subscribe(LIVE_NEWS[resModel], refreshOne);
            bus.subscribe(RELOAD_NEWS, onReload);
            return () => {
                bus.unsubscribe(LIVE_NEWS[resModel], refreshOne);
                bus.unsubscribe(RELOAD_NEWS, onReload);
            };
        },
        () => []
    );
}
