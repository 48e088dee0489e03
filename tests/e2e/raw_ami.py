"""AMI as it comes over the wire: no library, no engine between test and PBX."""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable


class RawAmi:
    """A logged-in AMI connection that keeps every message."""

    def __init__(self, port: int, user: str, secret: str):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.settimeout(None)
        self._stream = self._socket.makefile("rb")
        self._stream.readline()
        self.messages: list[dict[str, str]] = []
        self._arrived = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        answer = self.ask("Login", Username=user, Secret=secret)
        if answer["Response"] != "Success":
            self.__exit__()
            raise PermissionError(answer.get("Message"))

    def __enter__(self) -> "RawAmi":
        return self

    def __exit__(self, *exception: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._stream.close()
        self._socket.close()

    def _read(self) -> None:
        message: dict[str, str] = {}
        for line in self._stream:
            text = line.decode().rstrip("\r\n")
            if text:
                name, _, value = text.partition(":")
                message.setdefault(name, value.strip())
                continue
            with self._arrived:
                self.messages.append(message)
                self._arrived.notify_all()
            message = {}

    def ask(
        self, action: str, pairs: Iterable[tuple[str, object]] = (), **headers: object
    ) -> dict[str, str]:
        """Send an action and return its answer.

        :param pairs: headers that may stand more than once
        """
        action_id = uuid.uuid4().hex
        lines = [("Action", action), ("ActionID", action_id), *headers.items(), *pairs]
        text = "".join(f"{name}: {value}\r\n" for name, value in lines)
        mark = self.mark()
        self._socket.sendall(f"{text}\r\n".encode())
        return self.wait(
            lambda m: m.get("ActionID") == action_id and "Response" in m, since=mark
        )

    def mark(self) -> int:
        """Return the place from which a later `wait` can start."""
        return len(self.messages)

    def wait(
        self,
        fits: Callable[[dict[str, str]], bool],
        timeout: float = 15,
        since: int = 0,
    ) -> dict[str, str]:
        """Wait for a message.

        :raise TimeoutError: when it doesn't come in time
        """
        place = since
        deadline = time.monotonic() + timeout
        with self._arrived:
            while True:
                for message in self.messages[place:]:
                    if fits(message):
                        return message
                place = len(self.messages)
                left = deadline - time.monotonic()
                if left <= 0 or not self._arrived.wait(left):
                    raise TimeoutError(f"no such message in {timeout} s")

    def wait_event(self, event: str, since: int = 0, **headers: str) -> dict[str, str]:
        """Wait for an event with these headers."""
        wanted = {"Event": event, **headers}
        return self.wait(lambda m: wanted.items() <= m.items(), since=since)

    def records(self) -> dict[str, str]:
        """Return the call records that the dialplan wrote, by the call's uuid."""
        mark = self.mark()
        self.ask("DBGetTree", Family="calls")
        end = self.wait_event("DBGetTreeComplete", since=mark)
        return {
            m["Key"].rpartition("/")[2]: m["Val"]
            for m in self.messages[mark:]
            if m.get("Event") == "DBGetTreeResponse"
            and m["ActionID"] == end["ActionID"]
        }
