import io
import wave
from datetime import UTC, datetime, timedelta

from odoo.tests import tagged

from .common import CallcenterCase, answered_call
from .wav import unfinished_wav, wav


@tagged("post_install", "-at_install", "callcenter")
class TestRecording(CallcenterCase):
    def setUp(self):
        super().setUp()
        self.call = self._dial()
        self._apply(*answered_call(self.call.uniqueid))

    def test_a_recording_is_attached_with_its_length(self):
        self.call._store_recording(wav(seconds=5))
        self.assertAlmostEqual(self.call.recording_seconds, 5.0)
        self.assertEqual(self.call.recording_attachment_id.mimetype, "audio/wav")
        self.assertTrue(self.call.recording_url)

    def test_a_recording_that_was_cut_off_plays(self):
        self.call._store_recording(unfinished_wav(seconds=4))
        content = self.call.recording_attachment_id.raw
        with wave.open(io.BytesIO(content)) as recording:
            self.assertEqual(recording.getnframes(), 4 * 8000)
        self.assertAlmostEqual(self.call.recording_seconds, 4.0)

    def test_what_the_pbx_may_still_write_is_not_taken(self):
        """Its header, or its end, is missing; after a minute it is taken as it is."""
        for content in (unfinished_wav(seconds=5), wav(seconds=2), b"", b"RIFF"):
            with self.subTest(size=len(content)):
                self._ended_ago(59)
                self.assertFalse(self.call._store_recording(content))
                self.assertFalse(self.call.recording_attachment_id)
        self._ended_ago(61)
        self.assertTrue(self.call._store_recording(unfinished_wav(seconds=5)))
        self.assertTrue(self.call.recording_attachment_id)

    def test_a_whole_recording_is_taken_at_once(self):
        self._ended_ago(5)
        self.assertTrue(self.call._store_recording(wav(seconds=5)))

    def test_a_short_recording_is_reported(self):
        with self.assertLogs("odoo.addons.callcenter_outbound", "WARNING") as logs:
            self.call._store_recording(wav(seconds=2))
        self.assertIn("disk may be full", logs.output[0])
        self.assertTrue(self.call.recording_attachment_id, "kept all the same")

    def test_what_is_no_recording_is_refused(self):
        for content in (b"", b"RIFF", b"<html>not found</html>"):
            with self.subTest(content=content), self.assertRaises(ValueError):
                self.call._store_recording(content)
        self.assertFalse(self.call.recording_attachment_id)

    def test_a_file_is_left_for_five_seconds(self):
        expected = self.env["callcenter.call"]._expecting_recordings
        for seconds, names in ((4.5, []), (5.1, [self.call.uniqueid])):
            self._ended_ago(seconds)
            self.assertEqual(expected(self.pbx, [self.call.uniqueid]), names)

    def _ended_ago(self, seconds):
        now = datetime.now(UTC).replace(tzinfo=None)
        self.call.ended_at = now - timedelta(seconds=seconds)

    def test_only_ended_calls_of_this_pbx_are_fetched(self):
        going_on = self._dial(self.other_task)
        names = [self.call.uniqueid, going_on.uniqueid, "somebody-elses"]
        expected = self.env["callcenter.call"]._expecting_recordings
        self.assertEqual(expected(self.pbx, names), [self.call.uniqueid])
        self.assertFalse(expected(self._create_pbx("Other PBX"), names))
