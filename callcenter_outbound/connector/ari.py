"""ARI: fetching recordings from a PBX over HTTP."""

import json
from urllib.parse import quote

import requests

from .core.actions import ActionError, check_stored_name
from .core.values import PbxSettings

#: seconds to connect, and between two pieces of an answer
TIMEOUT = (3.05, 20)
#: a recording is 16 kB/s: this is nine hours
MAX_BYTES = 512 << 20
CHUNK = 1 << 16


#: codes of errors that concern one recording; the others concern the PBX
OF_ONE_RECORDING = frozenset(("status", "size", "name"))


class AriError(Exception):
    """A recording could not be listed, fetched or deleted.

    ``code``: connection, timeout, tls, refused (user or secret), or one of
    :data:`OF_ONE_RECORDING`.
    """

    def __init__(self, code: str, detail: str = ""):
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class AriClient:
    """Stored recordings of one PBX. Blocks; belongs to one thread."""

    def __init__(self, settings: PbxSettings, max_bytes: int = MAX_BYTES):
        """Prepare; nothing is sent yet."""
        base = settings.ari_url.rstrip("/")
        if base and not base.endswith("/ari"):
            base += "/ari"
        self.base = f"{base}/recordings/stored"
        self.usable = base.startswith(("http://", "https://"))
        self.max_bytes = max_bytes
        self._session = requests.Session()
        self._session.auth = (settings.ari_user, settings.ari_secret)
        # neither the machine's proxy nor its .netrc has a say in this
        self._session.trust_env = False

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def recordings(self) -> list[str]:
        """Return the names of the stored recordings.

        Names that no connector would have chosen are left out.

        :raise AriError:
        """
        response = self._request("GET", self.base)
        with response:
            self._check(response, 200)
            body = self._read(response)
        try:
            rows = json.loads(body)
            names = [row["name"] for row in rows]
        except (ValueError, TypeError, KeyError) as error:
            raise AriError("status", "not a list of recordings") from error
        return [name for name in names if self._is_fine(name)]

    def fetch(self, name: str) -> bytes:
        """Return the content of a recording.

        :raise AriError: with code ``size`` for one above the limit
        """
        with self._request("GET", f"{self._url(name)}/file") as response:
            self._check(response, 200)
            return self._read(response)

    def delete(self, name: str) -> None:
        """Delete a recording; that it is gone already is fine.

        :raise AriError:
        """
        with self._request("DELETE", self._url(name)) as response:
            self._check(response, 204, 404)

    def _request(self, method: str, url: str) -> requests.Response:
        if not self.usable:
            raise AriError("connection", "no ARI address")
        try:
            return self._session.request(
                method, url, timeout=TIMEOUT, stream=True, allow_redirects=False
            )
        except requests.exceptions.SSLError as error:
            raise AriError("tls", type(error).__name__) from error
        except requests.Timeout as error:
            raise AriError("timeout", type(error).__name__) from error
        except requests.RequestException as error:
            raise AriError("connection", type(error).__name__) from error

    @staticmethod
    def _check(response: requests.Response, *expected: int) -> None:
        if response.status_code in (401, 403):
            raise AriError("refused", str(response.status_code))
        if response.status_code not in expected:
            raise AriError("status", str(response.status_code))

    def _read(self, response: requests.Response) -> bytes:
        announced = response.headers.get("Content-Length", "")
        content = bytearray()
        try:
            for chunk in response.iter_content(CHUNK):
                content += chunk
                if len(content) > self.max_bytes:
                    raise AriError("size", f"more than {self.max_bytes} bytes")
        except requests.RequestException as error:
            raise AriError("connection", type(error).__name__) from error
        if announced.isdecimal() and len(content) != int(announced):
            raise AriError("connection", "the answer was cut off")
        return bytes(content)

    def _url(self, name: str) -> str:
        try:
            return f"{self.base}/{quote(check_stored_name(name), safe='')}"
        except ActionError as error:
            raise AriError("name") from error

    @staticmethod
    def _is_fine(name: object) -> bool:
        try:
            check_stored_name(name)
        except ActionError:
            return False
        return True
