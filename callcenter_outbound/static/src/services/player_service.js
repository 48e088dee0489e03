import { registry } from "@web/core/registry";

/** Lets one player of the page be heard at a time. */
export const playerService = {
    start() {
        let pauseCurrent = null;
        return {
            /** @param {() => void} pause stops whoever asks, once another one plays */
            take(pause) {
                if (pauseCurrent !== pause) {
                    pauseCurrent?.();
                }
                pauseCurrent = pause;
            },
        };
    },
};

registry.category("services").add("callcenter_outbound.player", playerService);
