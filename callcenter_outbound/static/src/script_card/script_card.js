import { Component, markup } from "@odoo/owl";

/** What the agent is to say. */
export class ScriptCard extends Component {
    static template = "callcenter_outbound.ScriptCard";
    static props = { script: { type: [String, Boolean] } };

    get script() {
        // Managers write it in an editor, and the server cleans it.
        return markup(this.props.script);
    }
}
