import { loadJS } from "@web/core/assets";

/**
 * What the phone takes from outside: the SIP library and the browser's microphone, locks and
 * channels. Gathered in one object so that a test can put something else in their place.
 */
export const phoneLibrary = {
    /** Loads the SIP library, which only agents with a phone in the browser need. */
    async load() {
        await loadJS("/callcenter_outbound/static/lib/jssip/jssip.min.js");
        return window.JsSIP;
    },

    /** A browser gives microphone and locks only to pages that came over a secure way. */
    isUsable() {
        return Boolean(
            window.isSecureContext && navigator.mediaDevices?.getUserMedia && navigator.locks
        );
    },

    openMicrophone() {
        return navigator.mediaDevices.getUserMedia({ audio: true, video: false });
    },

    /**
     * Calls back whenever a microphone is plugged in or out, or its permission changes.
     *
     * @param {Function} callback
     * @returns {Function} ends the watch
     */
    watchMicrophone(callback) {
        const devices = navigator.mediaDevices;
        devices.addEventListener("devicechange", callback);
        let permission;
        navigator.permissions
            ?.query({ name: "microphone" })
            .then((status) => {
                permission = status;
                permission.addEventListener("change", callback);
            })
            // Firefox before 131 doesn't know this permission; "Try again" is left then.
            .catch(() => {});
        return () => {
            devices.removeEventListener("devicechange", callback);
            permission?.removeEventListener("change", callback);
        };
    },

    createAudio() {
        const audio = document.createElement("audio");
        audio.autoplay = true;
        return audio;
    },

    /**
     * Waits until this tab is the only one with the lock.
     *
     * @param {string} name
     * @param {Object} [options] of the Web Locks API: signal, ifAvailable
     * @returns {Promise<Function|false>} gives the lock back; false if it wasn't available
     */
    acquireLock(name, options = {}) {
        return new Promise((resolve, reject) => {
            navigator.locks
                .request(name, options, (lock) => {
                    if (!lock) {
                        resolve(false);
                        return;
                    }
                    return new Promise((release) => resolve(release));
                })
                .catch(reject);
        });
    },

    openChannel(name) {
        return new BroadcastChannel(name);
    },
};
