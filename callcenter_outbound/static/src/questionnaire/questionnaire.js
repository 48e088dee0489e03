import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { Question } from "./question";

/** What the agent asks while talking, and what the customer answers. */
export class Questionnaire extends Component {
    static template = "callcenter_outbound.Questionnaire";
    static components = { Question };
    static props = { taskId: Number };

    setup() {
        this.questionnaires = useState(useService("callcenter_outbound.questionnaires"));
        // What a questionnaire is read with.
        useState(useService("callcenter_outbound.customers"));
    }

    get questionnaire() {
        return this.questionnaires.get(this.props.taskId);
    }

    /** Which the answers so far call for, each with whether a section begins with it. */
    get questions() {
        const asked = this.questionnaire.questions.filter((question) => question.asked);
        return asked.map((question, index) => ({
            question,
            section: question.section !== asked[index - 1]?.section && question.section,
        }));
    }

    get progress() {
        const asked = this.questionnaire.questions.filter((question) => question.asked);
        const given = asked.filter(
            ({ answer, comment }) =>
                comment || (Array.isArray(answer) ? answer.length : answer !== false)
        );
        return _t("%(given)s of %(asked)s answered", {
            given: given.length,
            asked: asked.length,
        });
    }
}
