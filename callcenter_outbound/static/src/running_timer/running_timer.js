import { Component, onWillDestroy, onWillUpdateProps, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { formatSeconds } from "./format_seconds";

/** Counts up from a moment of the server's clock. */
export class RunningTimer extends Component {
    static template = "callcenter_outbound.RunningTimer";
    static props = {
        /** milliseconds of the server's clock */
        since: Number,
        /** server's clock less this machine's, in milliseconds */
        offset: { type: Number, optional: true },
    };
    static defaultProps = { offset: 0 };

    setup() {
        this.state = useState({ seconds: 0 });
        this.tick(this.props);
        onWillUpdateProps((props) => this.tick(props));
        onWillDestroy(() => browser.clearTimeout(this.timeout));
    }

    /** Turns with the second of what is timed, so that two pages show the same. */
    tick(props) {
        const elapsed = Math.max(0, Date.now() + props.offset - props.since);
        this.state.seconds = Math.floor(elapsed / 1000);
        browser.clearTimeout(this.timeout);
        this.timeout = browser.setTimeout(() => this.tick(this.props), 1000 - (elapsed % 1000));
    }

    get text() {
        return formatSeconds(this.state.seconds);
    }
}
