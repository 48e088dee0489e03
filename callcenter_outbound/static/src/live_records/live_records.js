import { useEffect } from "@odoo/owl";
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
        for (const record of records) {
            if (!(await record.isDirty())) {
                await record.load();
            }
        }
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
