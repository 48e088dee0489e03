"""Fetching recordings from a web server that may be anything."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connector import ari
from connector.ari import AriClient, AriError
from connector.core.values import PbxSettings

NAME = "440ebfff-c11d-45ad-ace9-9b986633fa2b"


@contextmanager
def serving(answer):
    """Run a server that calls ``answer(handler)`` for each request."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.command, self.path, self.headers.get("Authorization")))
            answer(self)

        do_DELETE = do_GET  # noqa: N815 - the parent wants it

        def reply(self, status, body=b"", **headers):
            self.send_response(status)
            for name, value in {"Content-Length": len(body), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def client(url, **options):
    settings = PbxSettings(
        1, "pbx", "", 0, "", "", ari_url=url, ari_user="odoo", ari_secret="secret"
    )
    return AriClient(settings, **options)


@pytest.mark.parametrize("suffix", ["", "/", "/ari", "/ari/"])
def test_list_fetch_delete(suffix):
    def answer(handler):
        if handler.command == "DELETE":
            handler.reply(204)
        elif handler.path.endswith("/file"):
            handler.reply(200, b"RIFF")
        else:
            handler.reply(200, json.dumps([{"name": NAME, "format": "wav"}]).encode())

    with serving(answer) as (url, seen):
        ours = client(url + suffix)
        assert ours.recordings() == [NAME]
        assert ours.fetch(NAME) == b"RIFF"
        ours.delete(NAME)
        ours.close()
    stored = "/ari/recordings/stored"
    assert [path for __, path, __ in seen] == [
        stored,
        f"{stored}/{NAME}/file",
        f"{stored}/{NAME}",
    ]
    assert all(authorization.startswith("Basic ") for *__, authorization in seen)


@pytest.mark.parametrize(
    ("status", "code"), [(401, "refused"), (403, "refused"), (500, "status")]
)
def test_refused(status, code):
    with serving(lambda handler: handler.reply(status)) as (url, __):
        for call in (client(url).recordings, lambda: client(url).fetch(NAME)):
            with pytest.raises(AriError) as error:
                call()
            assert error.value.code == code


def test_deleted_already():
    with serving(lambda handler: handler.reply(404)) as (url, __):
        client(url).delete(NAME)


def test_no_redirect_is_followed():
    """The password goes to the address that was configured, and nowhere else."""

    def answer(handler):
        handler.reply(302, Location="/elsewhere")

    with serving(answer) as (url, seen):
        with pytest.raises(AriError):
            client(url).recordings()
        assert len(seen) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[", b'{"name": 1}', b"[1]", b'[{"x": 1}]', b"null"]
)
def test_no_list_of_recordings(body):
    with serving(lambda handler: handler.reply(200, body)) as (url, __):
        with pytest.raises(AriError) as error:
            client(url).recordings()
        assert error.value.code == "status"


def test_names_that_nobody_chose():
    rows = [{"name": n} for n in (NAME, "../../etc/passwd", "a/b", "", None, 7)]

    def answer(handler):
        handler.reply(200, json.dumps(rows).encode())

    with serving(answer) as (url, seen):
        ours = client(url)
        assert ours.recordings() == [NAME]
        with pytest.raises(AriError):
            ours.fetch("../x")
        assert len(seen) == 1


def test_too_large():
    with serving(lambda handler: handler.reply(200, b"x" * 300_000)) as (url, __):
        with pytest.raises(AriError) as error:
            client(url, max_bytes=200_000).fetch(NAME)
        assert error.value.code == "size"


def test_cut_off():
    """A file that broke off is not taken for whole."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"x" * 500)

    with serving(answer) as (url, __):
        with pytest.raises(AriError) as error:
            client(url).fetch(NAME)
        assert error.value.code == "connection"


def test_slow(monkeypatch):
    done = threading.Event()
    monkeypatch.setattr(ari, "TIMEOUT", (0.2, 0.2))
    with serving(lambda handler: done.wait(2)) as (url, __):
        with pytest.raises(AriError) as error:
            client(url).recordings()
        done.set()
        assert error.value.code == "timeout"


@pytest.mark.parametrize("url", ["", "127.0.0.1:8088", "file:///etc", "http://[::1"])
def test_no_address(url):
    with pytest.raises(AriError) as error:
        client(url).recordings()
    assert error.value.code == "connection"


def test_nobody_listens():
    with serving(lambda handler: None) as (url, __):
        pass
    with pytest.raises(AriError) as error:
        client(url).recordings()
    assert error.value.code == "connection"


def test_secret_in_no_error():
    with serving(lambda handler: handler.reply(401)) as (url, __):
        with pytest.raises(AriError) as error:
            client(url).recordings()
        assert "secret" not in repr(error.value)
