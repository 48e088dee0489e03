import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { ConnectorStatus } from "../connector_status/connector_status";

export class PbxListController extends ListController {
    static template = "callcenter_outbound.PbxListView";
    static components = { ...ListController.components, ConnectorStatus };
}

export class PbxFormController extends FormController {
    static template = "callcenter_outbound.PbxFormView";
    static components = { ...FormController.components, ConnectorStatus };

    /** Show the PBX's new state, unless somebody is typing into the form. */
    async onConnectorChange() {
        if (!(await this.model.root.isDirty())) {
            await this.model.load();
        }
    }
}

registry
    .category("views")
    .add("callcenter_pbx_list", { ...listView, Controller: PbxListController })
    .add("callcenter_pbx_form", { ...formView, Controller: PbxFormController });
