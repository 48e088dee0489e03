import { browser } from "@web/core/browser/browser";
import { phoneLibrary } from "./phone_library";

/** How long the PBX keeps the registration without hearing from us, in seconds. */
const REGISTER_EXPIRES = 600;
/**
 * A registration far more often than needed notices a dead connection soon. A hidden tab's timers
 * may be late by a minute, which this leaves room for.
 */
const REGISTER_INTERVAL = 60_000;
const STATISTICS_INTERVAL = 2_000;
/** Host candidates are all there is without STUN; a slow network adapter needn't be waited for. */
const ICE_PATIENCE = 500;

/**
 * One SIP account over one web socket, and at most one call. Knows JsSIP and WebRTC, and nothing
 * of Odoo. Incoming calls are answered at once: they come from the agent's own click.
 *
 * Reports through `handlers`:
 * - `onState(state)`: connecting, registered, lost, refused, failed
 * - `onCall(call)`: false, or an object with `answered`, `muted`, `soundBlocked`
 * - `onRoundTrip(milliseconds)`
 * - `onMicrophoneError(error)`: a call came and couldn't be answered
 */
export class SipPhone {
    /**
     * @param {Object} JsSIP the library
     * @param {Object} account what the server gives for this agent's phone
     * @param {Object} handlers
     */
    constructor(JsSIP, account, handlers) {
        this.JsSIP = JsSIP;
        this.account = account;
        this.handlers = handlers;
        this.session = null;
        this.call = false;
        this.ua = null;
        this.timers = new Map();
    }

    /** Connects and registers; goes on by itself until `stop`. */
    start() {
        const { JsSIP, account } = this;
        this.ua = new JsSIP.UA({
            sockets: [new JsSIP.WebSocketInterface(account.websocket_url || ownSocketUrl())],
            uri: account.uri,
            authorization_user: account.authorization_user,
            display_name: account.display_name || undefined,
            ha1: account.ha1,
            realm: account.realm,
            register: true,
            register_expires: REGISTER_EXPIRES,
            // A call whose PBX is gone is ended by Odoo's word, not by a refresh in between.
            session_timers: false,
            connection_recovery_min_interval: 1,
            connection_recovery_max_interval: 10,
        });
        this._listen("connecting", () => this.handlers.onState("connecting"));
        this._listen("disconnected", () => this.handlers.onState("lost"));
        this._listen("registered", () => this.handlers.onState("registered"));
        this._listen("unregistered", () => this.handlers.onState("lost"));
        this._listen("registrationFailed", ({ response }) => this._onRegistrationFailed(response));
        this._listen("newRTCSession", ({ originator, session }) => {
            if (originator === "remote") {
                this._answer(session);
            }
        });
        this._every("register", REGISTER_INTERVAL, () => this._registerAgain());
        this.ua.start();
    }

    stop() {
        const { ua } = this;
        this.ua = null;
        for (const name of [...this.timers.keys()]) {
            this._clear(name);
        }
        // Says goodbye to the PBX and to the other side of a call.
        ua?.stop();
    }

    /** @returns {boolean} whether there was a call to end */
    hangUp() {
        if (!this.session) {
            return false;
        }
        try {
            this.session.terminate();
        } catch {
            // It ended in this very moment: its own event tells.
        }
        return true;
    }

    /** @param {boolean} muted */
    setMuted(muted) {
        if (!this.session || !this.call.answered) {
            return;
        }
        if (muted) {
            this.session.mute({ audio: true });
        } else {
            this.session.unmute({ audio: true });
        }
        this._setCall({ muted });
    }

    /** Plays the customer's voice after a click, where the browser had refused without one. */
    async playSound() {
        try {
            await this.audio?.play();
            if (this.call) {
                this._setCall({ soundBlocked: false });
            }
        } catch {
            if (this.call) {
                this._setCall({ soundBlocked: true });
            }
        }
    }

    /** Doesn't wait for the next try after the network came back. */
    reconnect() {
        if (this.ua && !this.session) {
            this.stop();
            this.start();
        }
    }

    async _answer(session) {
        if (this.session) {
            session.terminate({ status_code: 486 });
            return;
        }
        this.session = session;
        session.on("peerconnection", ({ peerconnection }) => this._onConnection(peerconnection));
        session.on("icecandidate", ({ ready }) => this._once("ice", ICE_PATIENCE, ready));
        session.on("accepted", () => this._setCall({ answered: true }));
        session.on("ended", () => this._onEnd(session));
        session.on("failed", () => this._onEnd(session));
        this._setCall({ answered: false, muted: false, soundBlocked: false });
        let stream;
        try {
            stream = await phoneLibrary.openMicrophone();
        } catch (error) {
            this.handlers.onMicrophoneError(error);
            if (this.session === session) {
                session.terminate({ status_code: 480 });
                this._onEnd(session);
            }
            return;
        }
        if (this.session !== session) {
            stopTracks(stream);
            return;
        }
        this.stream = stream;
        session.answer({ mediaStream: stream, pcConfig: { iceServers: [] } });
    }

    _onConnection(connection) {
        this.connection = connection;
        this.audio ||= phoneLibrary.createAudio();
        connection.addEventListener("track", ({ streams, track }) => {
            this.audio.srcObject = streams[0] || new MediaStream([track]);
            this.playSound();
        });
        this._every("statistics", STATISTICS_INTERVAL, () => this._readStatistics());
    }

    async _readStatistics() {
        const { connection } = this;
        const report = await connection?.getStats();
        if (!report || connection !== this.connection) {
            return;
        }
        for (const entry of report.values()) {
            if (entry.type === "remote-inbound-rtp" && entry.roundTripTime !== undefined) {
                this.handlers.onRoundTrip(Math.round(entry.roundTripTime * 1000));
            }
        }
    }

    _onEnd(session) {
        if (this.session !== session) {
            return;
        }
        this._clear("statistics");
        this._clear("ice");
        stopTracks(this.stream);
        if (this.audio) {
            this.audio.srcObject = null;
        }
        this.session = null;
        this.stream = null;
        this.connection = null;
        this.call = false;
        this.handlers.onCall(false);
    }

    /** A user agent that was stopped goes on talking for a moment: nobody listens to it. */
    _listen(event, callback) {
        const { ua } = this;
        ua.on(event, (data) => {
            if (this.ua === ua) {
                callback(data);
            }
        });
    }

    _onRegistrationFailed(response) {
        const code = response?.status_code;
        if (code === 401 || code === 403 || code === 407) {
            this.handlers.onState("refused");
        } else if (code) {
            this.handlers.onState("failed");
        } else {
            // No answer at all: the socket only seems to be open.
            this.handlers.onState("lost");
            this._once("reconnect", 1_000, () => this.reconnect());
        }
    }

    _registerAgain() {
        if (this.ua?.isConnected()) {
            this.ua.register();
        }
    }

    _setCall(values) {
        this.call = { ...this.call, ...values };
        this.handlers.onCall(this.call);
    }

    _every(name, delay, callback) {
        this._clear(name);
        const id = browser.setInterval(callback, delay);
        this.timers.set(name, () => browser.clearInterval(id));
    }

    /** The first of several callers counts. */
    _once(name, delay, callback) {
        if (this.timers.has(name)) {
            return;
        }
        const id = browser.setTimeout(() => {
            this.timers.delete(name);
            callback();
        }, delay);
        this.timers.set(name, () => browser.clearTimeout(id));
    }

    _clear(name) {
        this.timers.get(name)?.();
        this.timers.delete(name);
    }
}

/** Where Odoo's own proxy hands the socket on to the PBX. */
function ownSocketUrl() {
    const { protocol, host } = browser.location;
    return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/ws`;
}

function stopTracks(stream) {
    for (const track of stream?.getTracks() || []) {
        track.stop();
    }
}
