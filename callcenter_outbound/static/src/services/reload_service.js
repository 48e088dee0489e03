import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

/** For how long the bar says what was applied. */
export const DONE_FOR = 10_000;
/** A reload of which nothing was heard for so long: the truth is read again. */
export const PATIENCE = 20_000;

/**
 * Which PBXs must reload, and how their reloads go on. The server is the truth: it is read in one go,
 * and read again whenever the bus says that it changed or may have been missed.
 */
export class ReloadStore {
    /**
     * PBXs with something to say, as `action_read_reload` tells: `id`, `name`, `count`, `changes`,
     * `summary`, `state` (waiting, running, failed), `progress`, `message` (why not), `version`.
     * `isRefused`: the click itself was refused, which the server does not remember.
     */
    rows = [];
    /** PBXs that have just reloaded: `id`, `name`, `applied` (sentences). */
    done = [];

    constructor({ orm, bus }) {
        this._orm = orm;
        this._bus = bus;
        this._isOpen = false;
        /** Counts the reads, of which the last one begun counts. */
        this._reads = 0;
        /** The version of the last news of each PBX; older ones are dropped. */
        this._versions = {};
        this._timers = {};
    }

    /** A manager came to the app. The first time, start to follow. */
    open() {
        if (this._isOpen) {
            return;
        }
        this._isOpen = true;
        this._bus.subscribe("callcenter_outbound/reload", (news) => this._onReload(news));
        this._bus.subscribe("callcenter_outbound/pbx", (news) => this._onPbx(news));
        this._bus.addEventListener("BUS:RECONNECT", () => this.load());
        this._bus.start();
        return this.load();
    }

    /** Read which PBXs must reload. What can't be read now is read after the next news. */
    async load() {
        const read = ++this._reads;
        let rows;
        try {
            rows = await this._orm.silent.call("callcenter.pbx", "action_read_reload", []);
        } catch (error) {
            if (error instanceof ConnectionLostError || error instanceof RPCError) {
                return;
            }
            throw error;
        }
        if (read === this._reads) {
            this._take(rows);
        }
    }

    /**
     * Make a PBX take up what was changed.
     *
     * @param {number} id of the PBX
     */
    async reload(id) {
        const row = this._find(id);
        if (!row || row.state === "running") {
            return;
        }
        this.dismiss(id);
        this._run(row, false);
        try {
            await this._orm.silent.call("callcenter.pbx", "action_reload", [[id]]);
        } catch (error) {
            this._fail(id, this._explain(error), true);
        }
    }

    /** Take the line away that says what was applied. */
    dismiss(id) {
        this.done = this.done.filter((note) => note.id !== id);
    }

    _take(rows) {
        const before = this.rows;
        this.rows = rows.map((values) => this._merge(values, before));
        for (const row of before) {
            if (!this._find(row.id)) {
                this._unwatch(row.id);
                if (row.state === "running") {
                    // It ended while nobody told us; nothing waits any more.
                    this._note(row, []);
                }
            }
        }
    }

    _merge(values, before) {
        const row = before.find((row) => row.id === values.id);
        if (values.version < this._versions[values.id] && row) {
            // How the reload goes on was told meanwhile; the changes are as they were read.
            const { state, progress, message } = row;
            return { ...values, state, progress, message };
        }
        if (values.state === "running") {
            this._watch(values.id);
        } else {
            this._unwatch(values.id);
        }
        if (row?.isRefused && row.version === values.version && values.state === "waiting") {
            return { ...values, state: "failed", message: row.message, isRefused: true };
        }
        return values;
    }

    _onReload(news) {
        const id = news.pbx_id;
        if (news.version < this._versions[id]) {
            return;
        }
        this._versions[id] = news.version;
        const row = this._find(id);
        if (row && news.state === "running") {
            this._run(row, news.progress);
            return;
        }
        if (row && news.state === "done") {
            this._unwatch(id);
            this.rows = this.rows.filter((other) => other.id !== id);
            this._note(row, news.applied);
        } else if (news.state === "failed") {
            this._fail(id, news.message, false);
        }
        return this.load();
    }

    /** The PBX can be reached again, or not: what a click was refused for may be over. */
    _onPbx(news) {
        const row = this._find(news.id);
        if (row?.isRefused) {
            row.isRefused = false;
            return this.load();
        }
    }

    _run(row, progress) {
        Object.assign(row, { state: "running", progress, message: "", isRefused: false });
        this._watch(row.id);
    }

    _fail(id, message, isRefused) {
        this._unwatch(id);
        const row = this._find(id);
        if (row) {
            Object.assign(row, { state: "failed", progress: false, message, isRefused });
        }
    }

    _note({ id, name }, applied) {
        this.dismiss(id);
        this.done.push({ id, name, applied });
        browser.setTimeout(() => this.dismiss(id), DONE_FOR);
    }

    /** Ends the wait for a reload of which nothing is heard any more. */
    _watch(id) {
        this._unwatch(id);
        this._timers[id] = browser.setTimeout(() => this.load(), PATIENCE);
    }

    _unwatch(id) {
        browser.clearTimeout(this._timers[id]);
        delete this._timers[id];
    }

    _find(id) {
        return this.rows.find((row) => row.id === id);
    }

    /** @returns {string} why the server refused; anything unforeseen goes on as an error */
    _explain(error) {
        if (error instanceof ConnectionLostError) {
            return _t("Odoo can't be reached: check the network, then try again.");
        }
        if (!(error instanceof RPCError)) {
            throw error;
        }
        return error.data?.message || error.message;
    }
}

export const reloadService = {
    dependencies: ["orm", "bus_service"],
    start(env, { orm, bus_service: bus }) {
        return reactive(new ReloadStore({ orm, bus }));
    },
};

registry.category("services").add("callcenter_outbound.reload", reloadService);
