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
        this.state = useState({ seconds: this.count(this.props) });
        const id = browser.setInterval(() => this.tick(this.props), 1000);
        onWillUpdateProps((props) => this.tick(props));
        onWillDestroy(() => browser.clearInterval(id));
    }

    tick(props) {
        this.state.seconds = this.count(props);
    }

    count({ since, offset }) {
        return Math.max(0, Math.floor((Date.now() + offset - since) / 1000));
    }

    get text() {
        return formatSeconds(this.state.seconds);
    }
}
