import { Component, onMounted, useEffect, useRef, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { formatMoment } from "../services/time";
import { PageStorage } from "../services/page_storage";

/** Where the agent chooses the groups, and the phone if that is his choice, and signs in or out. */
export class SignInPanel extends Component {
    static template = "callcenter_outbound.SignInPanel";
    static props = { close: Function };

    setup() {
        this.workspace = useState(useService("callcenter_outbound.workspace"));
        this.duty = useState(useService("callcenter_outbound.duty"));
        this.root = useRef("root");
        this.storage = new PageStorage("groups");
        const { groups, signed_in, extension, extensions } = this.agent;
        const ids = groups.map((group) => group.id);
        const kept = (this.storage.read() || []).filter((id) => ids.includes(id));
        this.state = useState({
            groupIds: signed_in
                ? groups.filter((group) => group.signed_in_at).map((group) => group.id)
                : ids.length === 1
                  ? ids
                  : kept,
            extensionId: (!extension && extensions?.[0]?.id) || false,
        });
        onMounted(() => this.root.el.querySelector("input, select, button")?.focus());
        useEffect(
            () => {
                this.duty.error = "";
            },
            () => []
        );
    }

    get agent() {
        return this.workspace.agent;
    }

    get choosesExtension() {
        return this.agent.chooses_extension && !this.agent.extension;
    }

    isChosen(group) {
        return this.state.groupIds.includes(group.id);
    }

    toggle(group) {
        this.state.groupIds = this.isChosen(group)
            ? this.state.groupIds.filter((id) => id !== group.id)
            : [...this.state.groupIds, group.id];
    }

    chooseExtension(ev) {
        this.state.extensionId = Number(ev.target.value);
    }

    formatTime(time) {
        return formatMoment(time);
    }

    async signIn() {
        const { groupIds, extensionId } = this.state;
        const isTaken = await this.duty.signIn(
            [...groupIds],
            this.choosesExtension ? extensionId : false
        );
        if (isTaken) {
            this.storage.write(groupIds);
            this.props.close();
        }
    }

    async signOut() {
        if (await this.duty.signOut()) {
            this.props.close();
        }
    }
}
