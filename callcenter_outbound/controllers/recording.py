from odoo import http
from odoo.exceptions import MissingError
from odoo.http import request


class RecordingController(http.Controller):
    # Not read-only: each listening is recorded.
    @http.route(
        "/callcenter_outbound/recording/<int:call_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=False,
    )
    def recording(self, call_id, listening=""):
        """Stream the recording of a call, with ranges, to whoever may hear it.

        :param listening: what the player calls this listening; all requests with the
            same are one
        :raise AccessError: when the user may not
        :raise MissingError: when there is no such call or recording
        """
        call = request.env["callcenter.call"].browse(call_id).exists()
        if not call:
            raise MissingError(request.env._("There is no such call."))
        call._require_listener()
        # sudo: ir.attachment: no res_id; checked and recorded here
        attachment = call.sudo().recording_attachment_id
        if not attachment:
            raise MissingError(request.env._("This call has no recording."))
        if request.httprequest.method != "HEAD":
            is_part = "Range" in request.httprequest.headers
            request.env["callcenter.listening"]._record(call, listening, is_part)
        stream = request.env["ir.binary"]._get_stream_from(attachment)
        # A copy that the browser kept would be heard past the record.
        response = stream.get_response(as_attachment=False)
        response.headers["Cache-Control"] = "no-store"
        return response
