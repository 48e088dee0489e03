import { markRaw, reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { session } from "@web/session";
import { phoneLibrary } from "./phone_library";
import { SipPhone } from "./sip_phone";

const REFUSED_RETRY = 30_000;

/**
 * The phone in the browser.
 *
 * Of all tabs of one agent exactly one is the phone: the one that holds the lock. The others show
 * what it tells them over a broadcast channel and send it their clicks; when it closes, the browser
 * hands the lock to the next one.
 *
 * `state`: off (no phone in the browser), starting, insecure (page not over TLS), microphone (refused,
 * absent or broken: `error`), connecting, registered, lost, refused, failed.
 */
export class BrowserPhone {
    state = "off";
    /** The microphone's: refused, absent, broken. */
    error = "";
    /** False, or {answered, muted, soundBlocked}. */
    call = false;
    /** Of the voice itself, in milliseconds; known while a call is on. */
    roundTrip = false;
    /** Another tab of this agent is the phone. */
    isElsewhere = false;

    /** Called when the call in this or the other tab is over. */
    onCallEnd = () => {};

    constructor(orm) {
        this._orm = orm;
        this._sip = null;
        this._channel = null;
        this._started = false;
        this._releaseLock = null;
    }

    /** Becomes the phone, or waits for its turn. Calling it again does nothing. */
    async start() {
        if (this._started) {
            return;
        }
        this._started = true;
        this.state = "starting";
        if (!phoneLibrary.isUsable()) {
            this.state = "insecure";
            return;
        }
        let account;
        try {
            account = await this._readAccount();
        } catch {
            this.state = "failed";
            this._started = false;
            return;
        }
        if (!account) {
            this.state = "off";
            this._started = false;
            return;
        }
        // Not after the account: the agent may be given another one while the lock is held.
        const name = `callcenter_outbound.phone:${session.db}:${user.userId}`;
        this._openChannel(name);
        let release = await phoneLibrary.acquireLock(name, { ifAvailable: true });
        if (!release) {
            this.isElsewhere = true;
            this._post({ type: "ask" });
            release = await phoneLibrary.acquireLock(name);
            this.isElsewhere = false;
            this.call = false;
            this.roundTrip = false;
        }
        this._releaseLock = release;
        browser.addEventListener("pagehide", () => this._sip?.stop());
        // A page that the browser had put aside, and brought back as it was.
        browser.addEventListener("pageshow", ({ persisted }) => persisted && this.connect());
        browser.addEventListener("online", () => this._sip?.reconnect());
        // Closing the phone's tab in a call ends the call: the browser asks first.
        browser.addEventListener("beforeunload", (ev) => {
            if (this.call && !this.isElsewhere) {
                ev.preventDefault();
            }
        });
        phoneLibrary.watchMicrophone(() => {
            if (this.state === "microphone") {
                this.connect();
            }
        });
        await this.connect();
    }

    /** Tries the microphone, then registers. Also what "Try again" does. */
    async connect() {
        if (this.isElsewhere || !this._releaseLock) {
            if (this.state === "insecure") {
                return;
            }
            return this.start();
        }
        if (this._isConnecting) {
            return;
        }
        this._isConnecting = true;
        try {
            await this._connect();
        } finally {
            this._isConnecting = false;
        }
    }

    async _connect() {
        browser.clearTimeout(this._retryTimer);
        this._sip?.stop();
        this._sip = null;
        this._update({ state: "starting", error: "", call: false, roundTrip: false });
        if (!(await this._checkMicrophone())) {
            return;
        }
        try {
            const [JsSIP, account] = await Promise.all([phoneLibrary.load(), this._readAccount()]);
            if (!account) {
                // The agent was given another phone meanwhile.
                this._update({ state: "off" });
                return;
            }
            const sip = new SipPhone(JsSIP, account, {
                onState: (state) => this._onSipState(state),
                onCall: (call) => this._onSipCall(call),
                onRoundTrip: (roundTrip) => this._update({ roundTrip }),
                onMicrophoneError: (error) => this._onMicrophoneError(error),
            });
            this._sip = markRaw(sip);
            this._sip.start();
        } catch {
            this._onSipState("failed");
        }
    }

    /** @returns {boolean} false when the server has to end the call, since the PBX can't hear us */
    hangUp() {
        const isHeard = Boolean(this.call) && this.state === "registered";
        if (this.isElsewhere) {
            this._post({ type: "hangUp" });
        } else {
            this._sip?.hangUp();
        }
        return isHeard;
    }

    /** The server says that the call is over; so is ours, should we not have heard of it. */
    endCall() {
        if (!this.isElsewhere) {
            this._sip?.hangUp();
        }
    }

    /** @param {boolean} muted */
    setMuted(muted) {
        if (this.isElsewhere) {
            this._post({ type: "mute", muted });
        } else {
            this._sip?.setMuted(muted);
        }
    }

    /** Only in the phone's own tab: a browser plays sound after a click on that very page. */
    playSound() {
        this._sip?.playSound();
    }

    /** Whether `start` was called and found a phone to be. */
    get isStarted() {
        return this._started;
    }

    async _readAccount() {
        return this._orm.silent.call("callcenter.agent", "action_read_phone", []);
    }

    /** Asks for the microphone now, not in the moment in which a customer waits. */
    async _checkMicrophone() {
        try {
            const stream = await phoneLibrary.openMicrophone();
            for (const track of stream.getTracks()) {
                track.stop();
            }
            return true;
        } catch (error) {
            this._onMicrophoneError(error);
            return false;
        }
    }

    _onMicrophoneError(error) {
        // Without a microphone no call may come: the customer would hear nothing.
        this._sip?.stop();
        this._sip = null;
        const reasons = { NotAllowedError: "refused", NotFoundError: "absent" };
        this._update({ state: "microphone", error: reasons[error.name] || "broken" });
    }

    _onSipState(state) {
        this._update({ state });
        browser.clearTimeout(this._retryTimer);
        if (state === "refused" || state === "failed") {
            // The secret may have been changed meanwhile: the account is read anew.
            this._retryTimer = browser.setTimeout(() => this.connect(), REFUSED_RETRY);
        }
    }

    _onSipCall(call) {
        this._update({ call, roundTrip: call && this.roundTrip });
        if (!call) {
            this.onCallEnd();
        }
    }

    _update(values) {
        Object.assign(this, values);
        this._tell();
    }

    _openChannel(name) {
        this._channel = phoneLibrary.openChannel(name);
        this._channel.onmessage = ({ data }) => this._onMessage(data);
    }

    _onMessage(message) {
        if (message.type === "state") {
            if (this.isElsewhere) {
                const { state, error, call, roundTrip } = message;
                const isEnd = this.call && !call;
                Object.assign(this, { state, error, call, roundTrip });
                if (isEnd) {
                    this.onCallEnd();
                }
            }
        } else if (!this.isElsewhere && this._releaseLock) {
            if (message.type === "ask") {
                this._tell();
            } else if (message.type === "mute") {
                this.setMuted(message.muted);
            } else if (message.type === "hangUp") {
                this.hangUp();
            }
        }
    }

    _tell() {
        const { state, error, call, roundTrip } = this;
        this._post({ type: "state", state, error, call: call && { ...call }, roundTrip });
    }

    _post(message) {
        this._channel?.postMessage(message);
    }
}

export const phoneService = {
    dependencies: ["orm"],
    start(env, { orm }) {
        return reactive(new BrowserPhone(orm));
    },
};

registry.category("services").add("callcenter_outbound.phone", phoneService);
