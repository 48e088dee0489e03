import logging

from odoo import http
from odoo.exceptions import MissingError
from odoo.http import request

_logger = logging.getLogger(__name__)


class RecordingController(http.Controller):
    @http.route(
        "/callcenter_outbound/recording/<int:call_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def recording(self, call_id):
        """Stream the recording of a call, with ranges, to whoever may hear it.

        :raise AccessError: when the user may not
        :raise MissingError: when there is no such call or recording
        """
        call = request.env["callcenter.call"].browse(call_id).exists()
        if not call:
            raise MissingError(request.env._("There is no such call."))
        call._require_listener()
        # sudo: ir.attachment: no res_id; checked and logged here
        attachment = call.sudo().recording_attachment_id
        if not attachment:
            raise MissingError(request.env._("This call has no recording."))
        _logger.info("User %s listens to call %s", request.env.uid, call.uniqueid)
        stream = request.env["ir.binary"]._get_stream_from(attachment)
        return stream.get_response(as_attachment=False)
