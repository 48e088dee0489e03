import { Component } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { _t } from "@web/core/l10n/translation";

/** Chooses one record, or several as tags, of those that the server finds. */
export class RelationInput extends Component {
    static template = "callcenter_outbound.RelationInput";
    static components = { AutoComplete };
    static props = {
        id: String,
        label: String,
        /** [id, name] or false; with `isMany` a list of [id, name] */
        value: { type: [Array, Boolean] },
        isMany: Boolean,
        search: Function,
        update: Function,
    };

    get sources() {
        return [{ options: (term) => this.loadOptions(term), placeholder: _t("Loading…") }];
    }

    get text() {
        return this.props.isMany || !this.props.value ? "" : this.props.value[1];
    }

    get tags() {
        return this.props.isMany ? this.props.value : [];
    }

    getRemoveLabel([, name]) {
        return _t("Remove %s", name);
    }

    async loadOptions(term) {
        const found = await this.props.search(term);
        const chosen = this.tags.map(([id]) => id);
        const options = found.filter(([id]) => !chosen.includes(id));
        if (!options.length) {
            return [{ label: _t("Nothing found"), cssClass: "text-muted" }];
        }
        return options.map((option) => ({
            label: option[1],
            onSelect: () => this.choose(option),
        }));
    }

    choose(option) {
        this.props.update(this.props.isMany ? [...this.props.value, option] : option);
    }

    remove(id) {
        this.props.update(this.props.value.filter((tag) => tag[0] !== id));
    }

    /** An emptied input is no record. */
    onChange({ inputValue }) {
        if (!this.props.isMany && this.props.value && !inputValue.trim()) {
            this.props.update(false);
        }
    }
}
