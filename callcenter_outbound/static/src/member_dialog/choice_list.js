import { Component, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

/**
 * One of two lists: choices with check boxes, a search above them. The arrow keys go up and down, the
 * space bar checks, Control A checks all that is shown, Enter or a double click moves to the other
 * list.
 */
export class ChoiceList extends Component {
    static template = "callcenter_outbound.MemberChoiceList";
    static props = {
        title: String,
        empty: String,
        /** {id, label}, in order */
        choices: Array,
        /** ids: a reactive Set that the list changes */
        checked: Object,
        /** with ids */
        move: Function,
        /** The arrow key that moves, too. */
        moveKey: String,
    };

    setup() {
        this.root = useRef("choices");
        this.state = useState({ term: "", activeId: false });
    }

    get shown() {
        const term = this.state.term.trim().toLocaleLowerCase();
        return this.props.choices.filter(({ label }) => label.toLocaleLowerCase().includes(term));
    }

    /** The choice that the keyboard comes to first. */
    get activeId() {
        const ids = this.shown.map(({ id }) => id);
        return ids.includes(this.state.activeId) ? this.state.activeId : ids[0];
    }

    get areAllChecked() {
        return this.shown.length > 0 && this.shown.every(({ id }) => this.props.checked.has(id));
    }

    get countText() {
        const checked = this.props.checked.size;
        const count = this.props.choices.length;
        return checked ? _t("%(checked)s of %(count)s", { checked, count }) : String(count);
    }

    get searchLabel() {
        return _t("Search in “%s”", this.props.title);
    }

    get allLabel() {
        return _t("Check all of “%s”", this.props.title);
    }

    toggle(id) {
        const { checked } = this.props;
        this.state.activeId = id;
        if (!checked.delete(id)) {
            checked.add(id);
        }
    }

    toggleAll() {
        const areAllChecked = this.areAllChecked;
        for (const { id } of this.shown) {
            if (areAllChecked) {
                this.props.checked.delete(id);
            } else {
                this.props.checked.add(id);
            }
        }
    }

    /** Move what is checked, else the one choice that the keyboard is on. */
    moveFrom(id) {
        const { checked } = this.props;
        this.props.move(checked.size ? [...checked] : [id]);
    }

    onKeydown(ev, id) {
        const ids = this.shown.map((choice) => choice.id);
        const index = ids.indexOf(id);
        const goals = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: ids.length - 1 };
        if (ev.key in goals) {
            this.focus(ids[Math.max(0, Math.min(goals[ev.key], ids.length - 1))]);
        } else if (ev.key === "Enter" || ev.key === this.props.moveKey) {
            this.focus(ids[index + 1] ?? ids[index - 1]);
            this.moveFrom(id);
        } else if (ev.key === "a" && (ev.ctrlKey || ev.metaKey)) {
            this.toggleAll();
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    focus(id) {
        this.state.activeId = id;
        this.root.el.querySelector(`[data-id="${id}"] input`)?.focus();
    }
}
