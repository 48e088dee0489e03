import { Component, onWillStart, useEffect, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";
import { Notice } from "../notice/notice";
import { explainError } from "../services/server_error";
import { formatMoment } from "../services/time";
import { describeVerdict } from "./describe_verdict";

/** The latest verdicts of the quality inspection on the agent's own calls. */
export class VerdictDialog extends Component {
    static template = "callcenter_outbound.VerdictDialog";
    static components = { Dialog, Notice };
    static props = { close: Function };

    setup() {
        this.verdicts = useState(useService("callcenter_outbound.verdicts"));
        this.state = useState({ rows: [], error: "" });
        onWillStart(() => this.load());
        useEffect(
            (news) => {
                if (news !== this._newsRead) {
                    this.load();
                }
            },
            () => [this.verdicts.news]
        );
    }

    async load() {
        this._newsRead = this.verdicts.news;
        try {
            this.state.rows = await this.verdicts.read();
            this.state.error = "";
        } catch (error) {
            this.state.error = explainError(error);
        }
    }

    describe(row) {
        return describeVerdict(row);
    }

    formatTime(time) {
        return formatMoment(time);
    }
}
