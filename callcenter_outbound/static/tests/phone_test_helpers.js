import { patchWithCleanup } from "@web/../tests/web_test_helpers";
import { phoneLibrary } from "@callcenter_outbound/services/phone_library";

export const ACCOUNT = {
    uri: "sip:1986@pbx.example",
    authorization_user: "1986",
    ha1: "d41d8cd98f00b204e9800998ecf8427e",
    realm: "asterisk",
    websocket_url: "ws://pbx.example/ws",
    display_name: "Wang Fang",
};

class Emitter {
    constructor() {
        this.callbacks = {};
    }

    on(name, callback) {
        (this.callbacks[name] ||= []).push(callback);
    }

    emit(name, data = {}) {
        for (const callback of this.callbacks[name] || []) {
            callback(data);
        }
    }
}

/** A call that comes in; a test plays the PBX. */
export class FakeSession extends Emitter {
    log = [];

    answer({ mediaStream }) {
        this.log.push("answer");
        this.stream = mediaStream;
        this.connection = new FakeConnection();
        this.emit("peerconnection", { peerconnection: this.connection });
        this.emit("accepted");
    }

    mute() {
        this.log.push("mute");
    }

    unmute() {
        this.log.push("unmute");
    }

    terminate({ status_code } = {}) {
        this.log.push(status_code ? `terminate ${status_code}` : "terminate");
        this.emit("ended");
    }
}

class FakeConnection extends Emitter {
    roundTripTime = 0.0123;

    addEventListener(name, callback) {
        this.on(name, callback);
    }

    async getStats() {
        return new Map([
            ["a", { type: "inbound-rtp" }],
            ["b", { type: "remote-inbound-rtp", roundTripTime: this.roundTripTime }],
        ]);
    }
}

class FakeUA extends Emitter {
    constructor(configuration) {
        super();
        this.configuration = configuration;
        this.registrations = 0;
    }

    start() {
        this.started = true;
        this.emit("connecting");
    }

    stop() {
        this.stopped = true;
    }

    isConnected() {
        return true;
    }

    register() {
        this.registrations++;
    }

    /** The PBX calls. */
    ring() {
        const session = new FakeSession();
        this.emit("newRTCSession", { originator: "remote", session });
        return session;
    }
}

class FakeTrack {
    isStopped = false;

    stop() {
        this.isStopped = true;
    }
}

class FakeStream {
    tracks = [new FakeTrack()];

    getTracks() {
        return this.tracks;
    }
}

/**
 * Puts fakes in the place of library, microphone, locks and channels, shared by all phones of one
 * test as by the tabs of one browser.
 *
 * @returns {Object} `uas` (all user agents so far), `ua` (the last), `streams`, and what may be set:
 *  `microphoneError`, `isUsable`, `loadError`
 */
export function setupPhoneWorld() {
    const world = {
        uas: [],
        streams: [],
        microphoneError: null,
        isUsable: true,
        loadError: null,
        audio: { play: async () => {}, srcObject: null },
        get ua() {
            return this.uas.at(-1);
        },
    };
    /** Name of a lock -> those who wait for it, while somebody has it. */
    const locks = {};
    const channels = [];
    const JsSIP = {
        WebSocketInterface: class {
            constructor(url) {
                this.url = url;
            }
        },
        UA: class extends FakeUA {
            constructor(configuration) {
                super(configuration);
                world.uas.push(this);
            }
        },
    };

    function release(name) {
        const next = locks[name].shift();
        if (next) {
            next(() => release(name));
        } else {
            delete locks[name];
        }
    }
    // The browser does it when the tab that holds the lock closes.
    world.closePhoneTab = () => Object.keys(locks).forEach(release);
    world.plugMicrophone = () => {
        for (const watcher of world.watchers) {
            watcher();
        }
    };
    world.watchers = [];

    patchWithCleanup(phoneLibrary, {
        async load() {
            if (world.loadError) {
                throw world.loadError;
            }
            return JsSIP;
        },
        isUsable: () => world.isUsable,
        async openMicrophone() {
            if (world.microphoneError) {
                throw Object.assign(new Error(), { name: world.microphoneError });
            }
            const stream = new FakeStream();
            world.streams.push(stream);
            return stream;
        },
        watchMicrophone(callback) {
            world.watchers.push(callback);
            return () => {};
        },
        createAudio: () => world.audio,
        async acquireLock(name, { ifAvailable } = {}) {
            if (!locks[name]) {
                locks[name] = [];
                return () => release(name);
            }
            if (ifAvailable) {
                return false;
            }
            return new Promise((resolve) => locks[name].push(resolve));
        },
        openChannel(name) {
            const channel = {
                name,
                onmessage: null,
                postMessage(data) {
                    const copy = JSON.parse(JSON.stringify(data));
                    for (const other of channels) {
                        if (other !== channel && other.name === name) {
                            other.onmessage?.({ data: copy });
                        }
                    }
                },
            };
            channels.push(channel);
            return channel;
        },
    });
    return world;
}
