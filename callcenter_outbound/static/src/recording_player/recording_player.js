import { Component, onWillUnmount, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { uuid } from "@web/core/utils/strings";
import { useService } from "@web/core/utils/hooks";
import { formatSeconds } from "../running_timer/format_seconds";

/** The recording of a call: loads nothing until it is played; each playing has a name of its own. */
export class RecordingPlayer extends Component {
    static template = "callcenter_outbound.RecordingPlayer";
    static props = {
        url: String,
        /** length as it is known before anything is loaded */
        seconds: { type: Number, optional: true },
        /** no controls but the button until it is played */
        isCompact: { type: Boolean, optional: true },
    };
    static defaultProps = { seconds: 0 };
    rates = [1, 1.25, 1.5, 2];

    setup() {
        this.player = useService("callcenter_outbound.player");
        this.audio = useRef("audio");
        this.state = useState({});
        this.reset();
        this.pause = () => this.audio.el?.pause();
        onWillUpdateProps((props) => {
            if (props.url !== this.props.url) {
                this.unload();
                this.reset();
            }
        });
        onWillUnmount(() => this.unload());
    }

    reset() {
        Object.assign(this.state, {
            isStarted: false,
            isPlaying: false,
            isFailed: false,
            at: 0,
            rate: 1,
            loadedSeconds: 0,
        });
        this.isOver = false;
    }

    unload() {
        const audio = this.audio.el;
        if (audio) {
            audio.pause();
            audio.removeAttribute("src");
        }
    }

    get seconds() {
        return this.state.loadedSeconds || this.props.seconds;
    }

    get atText() {
        return formatSeconds(Math.floor(this.state.at));
    }

    get lengthText() {
        return formatSeconds(Math.round(this.seconds));
    }

    get positionText() {
        return _t("%(at)s of %(length)s", { at: this.atText, length: this.lengthText });
    }

    get buttonText() {
        return this.state.isPlaying ? _t("Pause the recording") : _t("Play the recording");
    }

    toggle() {
        if (this.state.isPlaying) {
            this.pause();
        } else {
            this.play();
        }
    }

    async play() {
        if (!this.state.isStarted || this.isOver || this.state.isFailed) {
            this.load();
        }
        this.player.take(this.pause);
        try {
            await this.audio.el.play();
        } catch (error) {
            // Paused or taken away before it began.
            if (error.name !== "AbortError") {
                this.onError();
            }
        }
    }

    /** Begins to hear the recording, which the server notes. */
    load() {
        const audio = this.audio.el;
        const at = this.state.at < this.seconds - 1 ? this.state.at : 0;
        audio.src = `${this.props.url}?listening=${uuid()}`;
        audio.currentTime = at;
        this.applyRate();
        this.isOver = false;
        Object.assign(this.state, { isStarted: true, isFailed: false, at });
    }

    applyRate() {
        const audio = this.audio.el;
        audio.defaultPlaybackRate = audio.playbackRate = this.state.rate;
    }

    seek(ev) {
        this.state.at = Number(ev.target.value);
        this.audio.el.currentTime = this.state.at;
    }

    changeRate(ev) {
        this.state.rate = Number(ev.target.value);
        this.applyRate();
    }

    onPlay() {
        this.state.isPlaying = true;
    }

    onPause() {
        this.state.isPlaying = false;
    }

    onEnded() {
        this.state.isPlaying = false;
        this.isOver = true;
    }

    onTimeUpdate() {
        this.state.at = this.audio.el.currentTime;
    }

    onDurationChange() {
        const { duration } = this.audio.el;
        this.state.loadedSeconds = Number.isFinite(duration) ? duration : 0;
    }

    onError() {
        Object.assign(this.state, { isPlaying: false, isFailed: true });
    }
}
