"""Plants marks in all that is hidden from an agent whose plan shows nothing."""

from odoo.fields import Command
from odoo.tests import new_test_user

from .common import answered_call

#: Fields of records in general that hold no content.
BOOKKEEPING = frozenset(
    {"id", "display_name", "create_uid", "write_uid", "create_date", "write_date"}
)
#: Field type -> which mark it takes.
MARKED_TYPES = {
    "char": "text",
    "text": "text",
    "html": "text",
    "integer": "integer",
    "float": "integer",
    "monetary": "integer",
    "date": "day",
    "datetime": "day",
    "binary": "image",
}
#: Marks of fields that take no plain word.
SPECIAL_MARKS = {
    ("res.partner", "phone"): "phone",
    ("res.partner.bank", "acc_number"): "text",
    ("callcenter.task.number", "number"): "phone",
}


class Plants:
    """Customers, and all that names them, with a mark in each field.

    Takes a :class:`~.common.CallcenterCase`'s records as the ground they stand on.
    """

    def __init__(self, case, marks):
        self._case = case
        self.env = case.env
        self.marks = marks
        #: Model name -> the records that hold a mark.
        self.records = {}

    def add(self, *recordsets):
        for records in recordsets:
            known = self.records.get(records._name, records.browse())
            self.records[records._name] = known | records
        return recordsets[0]

    def ids(self, model):
        """:return: ids of the records of a model that hold a mark"""
        records = self.records.get(model)
        return records.ids if records else []

    # Marks in the fields of a record -----------------------------------------------

    def mark_all_fields(self, record, name=None):
        """Write a mark into each field of ``record`` that can hold one.

        :param name: what the labels call the record
        """
        record.write(
            {
                field.name: self._value(field, f"{name or record._name}.{field.name}")
                for field in self._markable_fields(record)
            }
        )

    def _markable_fields(self, record):
        for field in record._fields.values():
            if (
                field.type in MARKED_TYPES
                and field.name not in BOOKKEEPING
                and (field.store or field.company_dependent)
                and not (field.compute and field.readonly)
                and not field.related
            ):
                yield field

    def _value(self, field, label):
        kind = SPECIAL_MARKS.get(
            (field.model_name, field.name), MARKED_TYPES[field.type]
        )
        value = getattr(self.marks, kind)(label)
        if field.name in ("email", "login"):
            return f"{value}@example.com"
        if field.type == "html":
            return f"<p>{value}</p>"
        return value

    # What is planted ---------------------------------------------------------------

    def plant(self):
        """Plant everything. The customer of the case's task is the one hidden."""
        self.customer = self._plant_customer(self._case.task.partner_id, "customer")
        self._plant_around(self.customer)
        self._plant_mail(self.customer)
        self._plant_work()
        self._plant_secrets()
        self.env.flush_all()
        self._note_images()
        return self

    def _plant_customer(self, partner, name):
        """Mark a contact: its fields, company, child, tag, bank account, log-in."""
        company, child = self.env["res.partner"].create(
            [
                {"name": "Company", "is_company": True},
                {"name": "Child", "parent_id": partner.id, "type": "other"},
            ]
        )
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        # So it keeps an address and a tax id of its own.
        partner.write(
            {
                "category_id": [Command.link(tag.id)],
                "parent_id": company.id,
                "is_company": True,
                "type": "other",
            }
        )
        self.mark_all_fields(company, f"{name}'s company")
        self.mark_all_fields(child, f"{name}'s child")
        # Last, for some values go from one to the other.
        self.mark_all_fields(partner, name)
        account = self.env["res.partner.bank"].create(
            {"partner_id": partner.id, "acc_number": self.marks.text(f"{name}'s bank")}
        )
        self.mark_all_fields(account, f"{name}'s bank")
        portal = new_test_user(
            self.env,
            f"{self.marks.text(f'{name} log-in')}@example.com",
            groups="base.group_portal",
            partner_id=partner.id,
            name=partner.name,
            email=partner.email,
            signature=self.marks.text(f"{name}'s signature"),
        )
        self.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": self.marks.text(f"{name}'s external id"),
                "model": "res.partner",
                "res_id": partner.id,
            }
        )
        self.add(partner | company | child, tag, account, portal)
        return partner

    def _plant_around(self, partner):
        """What Odoo keeps of a contact elsewhere."""
        mark = self.marks.text
        model_id = self.env["ir.model"]._get_id("res.partner")
        attachment = self.env["ir.attachment"].create(
            {
                "name": mark("attachment's name"),
                "description": mark("attachment's description"),
                "raw": mark("attachment's content").encode(),
                "mimetype": "text/plain",
                "res_model": "res.partner",
                "res_id": partner.id,
            }
        )
        activities = self.env["mail.activity"].create(
            [
                {
                    "res_model_id": model_id,
                    "res_id": partner.id,
                    "summary": mark(f"activity's summary, of {user.login}"),
                    "note": mark(f"activity's note, of {user.login}"),
                    "user_id": user.id,
                    "date_deadline": "2026-01-01",
                }
                for user in (self._case.supervisor, self._case.agent.user_id)
            ]
        )
        letter = self.env["snailmail.letter"].create(
            {
                "partner_id": partner.id,
                "model": "res.partner",
                "res_id": partner.id,
                "company_id": self.env.company.id,
                "user_id": self._case.supervisor.id,
                "attachment_id": attachment.id,
            }
        )
        self.mark_all_fields(letter)
        text_message = self.env["sms.sms"].create(
            {"number": self.marks.phone("sms"), "partner_id": partner.id}
        )
        self.mark_all_fields(text_message)
        blacklisted = self.env["phone.blacklist"]._add([self.marks.phone("blacklist")])
        unmailed = self.env["mail.blacklist"]._add(
            f"{mark('mail blacklist')}@example.com"
        )
        self.add(attachment, activities, letter, text_message, blacklisted, unmailed)

    def _plant_mail(self, partner):
        """Messages, followers, members of channels that name the contact."""
        mark = self.marks.text
        colleague = self._case.supervisor.partner_id
        own_company = self.env.company.partner_id
        own_company.message_subscribe(partner.ids)
        partner.message_subscribe(colleague.ids)
        comment = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        with_author = {**comment, "author_id": partner.id}
        messages = (
            partner.message_post(
                body=mark("customer's message"),
                subject=mark("customer's subject"),
                email_from=f"{mark('customer sender')}@example.com",
                **with_author,
            )
            | partner.message_post(
                body=mark("log note"), author_id=colleague.id, message_type="comment"
            )
            | own_company.message_post(
                body=mark("customer's message on what all can read"), **with_author
            )
        )
        addressed = own_company.message_post(
            body="To whom it may concern",
            author_id=colleague.id,
            partner_ids=partner.ids,
            **comment,
        )
        self.env["mail.message.reaction"].create(
            {"message_id": addressed.id, "content": "👍", "partner_id": partner.id}
        )
        self.env["mail.link.preview"].create(
            {
                "source_url": f"https://{mark('link')}.example.com",
                "og_title": mark("link's title"),
            }
        )
        scheduled = self.env["mail.scheduled.message"].create(
            {
                "model": "res.partner",
                "res_id": partner.id,
                "author_id": colleague.id,
                "body": mark("scheduled message"),
                "subject": mark("scheduled subject"),
                "scheduled_date": "2030-01-01 08:00:00",
            }
        )
        mail = self.env["mail.mail"].create(
            {
                "body_html": mark("mail's body"),
                "email_to": f"{mark('mail to')}@example.com",
                "recipient_ids": [Command.set(partner.ids)],
            }
        )
        self.add(messages | addressed, scheduled, mail)
        self.add(addressed.notification_ids)
        self.add(own_company.message_follower_ids | partner.message_follower_ids)

    def _plant_work(self):
        """Other agents' work, and what stands behind the agent's own."""
        case, mark = self._case, self.marks.text
        self._plant_customer(case.other_task.partner_id, "other customer")
        (case.task | case.other_task).number_ids.unlink()
        numbers = self.env["callcenter.task.number"].create(
            [
                {
                    "task_id": task.id,
                    "number": self.marks.phone(f"number of {task.agent_id.number}"),
                }
                for task in (case.task, case.other_task)
            ]
        )
        call = case._dial(case.other_task)
        case._apply(*answered_call(call.uniqueid))
        record = call.contact_record_id
        record._save(
            {
                "result_id": case.answered_result.id,
                "status": "in_progress",
                "note": mark("other agent's note"),
                "follow_up_at": False,
                "never_call_again": False,
            }
        )
        correction = self.env["callcenter.contact.record.correction"].create(
            {
                "record_id": record.id,
                "user_id": case.supervisor.id,
                "old_values": {"note": mark("note corrected")},
            }
        )
        changes = self.env["callcenter.task.change"].create(
            [
                {
                    "task_id": task.id,
                    "name": name,
                    "agent_id": task.agent_id.id,
                    "old_value": mark(f"{name} held, {task.agent_id.number}"),
                    "new_value": mark(f"{name} staged, {task.agent_id.number}"),
                }
                for task in (case.task, case.other_task)
                for name in ("name", "street")
            ]
        )
        member = self.env["callcenter.package.customer"].create(
            {"package_id": case.package.id, "partner_id": self.customer.id}
        )
        event = self.env["callcenter.rejected.event"].create(
            {
                "pbx_id": case.pbx.id,
                "kind": "X",
                "content": mark("rejected event"),
                "error": mark("rejected event's error"),
            }
        )
        commands = self.env["callcenter.command"].search([("call_id", "=", call.id)])
        self.add(case.task | case.other_task, numbers, call | call.leg_ids, record)
        self.add(correction, changes, member, event, commands)
        self.add(case.plan, case.group, case.package, case.agent | case.other_agent)

    def _plant_secrets(self):
        case, mark = self._case, self.marks.text
        case.pbx.write(
            {
                "new_ami_secret": mark("AMI secret"),
                "new_ari_secret": mark("ARI secret"),
            }
        )
        for agent in case.agent | case.other_agent:
            agent.extension_id.secret = mark(f"secret of {agent.number}")
        if "new_secret" in case.trunk._fields:
            case.trunk.new_secret = mark("trunk secret")
        self.add(case.pbx, case.trunk)
        self.add((case.agent | case.other_agent).extension_id)

    def _note_images(self):
        """Count the smaller sizes that Odoo made of the pictures among the marks."""
        for partner in self.records["res.partner"]:
            for name in ("image_1920", "image_128", "avatar_128"):
                if partner.image_1920:
                    self.marks.content(f"{name} of {partner.id}", partner[name])
