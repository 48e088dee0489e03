import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { useLiveRecords } from "./live_records";

/** A list whose rows follow the live states of their records. */
export class LiveListController extends ListController {
    setup() {
        super.setup();
        useLiveRecords(this.props.resModel, { getRecords: () => this.model.root.records });
    }
}

/** A form that follows the live state of its record, unless somebody is typing into it. */
export class LiveFormController extends FormController {
    setup() {
        super.setup();
        useLiveRecords(this.props.resModel, { getRecords: () => [this.model.root] });
    }
}

registry
    .category("views")
    .add("callcenter_live_list", { ...listView, Controller: LiveListController })
    .add("callcenter_live_form", { ...formView, Controller: LiveFormController });
