"""An AMI server for tests: real sockets, answers as scripted, faults on demand."""

import asyncio
import time
from contextlib import asynccontextmanager

BANNER = "Asterisk Call Manager/9.0.0\r\n"


def encode(*headers):
    """Return the bytes of a message, given its lines."""
    return ("\r\n".join(headers) + "\r\n\r\n").encode()


class FakeAmi:
    """Serves any number of connections; knows what it was asked.

    A test changes what is answered by ``on[action] = handler``; the handler is called
    with the connection and the action's headers, and sends what it likes.
    """

    def __init__(self, secret="secret"):
        self.secret = secret
        self.banner = BANNER.encode()
        #: every action that came, in order, as (connection number, headers)
        self.asked = []
        #: raw lines of every action, with repeated headers
        self.lines = []
        self.connections = []
        self.on = {
            "login": self.login,
            "ping": self.ping,
            "coreshowchannels": self.empty_list("CoreShowChannelsComplete"),
            "pjsipshowcontacts": self.empty_list("ContactListComplete"),
            "dbgettree": self.empty_list("DBGetTreeComplete"),
            "getconfig": self.error("Config file not found"),
            "pjsipshowendpoints": self.empty_list("EndpointListComplete"),
            "pjsipshowauths": self.empty_list("AuthListComplete"),
            "queuestatus": self.empty_list("QueueStatusComplete"),
            "pjsipshowregistrationsoutbound": self.empty_list(
                "OutboundRegistrationDetailComplete"
            ),
        }
        self.booted = True
        #: the PBX's clock less ours, seconds
        self.clock_ahead = 0.0
        self.mute = False
        self.server = None

    @property
    def port(self):
        return self.server.sockets[0].getsockname()[1]

    async def start(self, port=0):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return self

    async def stop(self):
        self.server.close()
        for connection in self.connections:
            connection.drop()
        await asyncio.sleep(0)

    async def _serve(self, reader, writer):
        connection = Connection(self, len(self.connections) + 1, writer)
        self.connections.append(connection)
        writer.write(self.banner)
        try:
            while True:
                raw = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = raw.strip().split("\r\n")
                headers = dict(line.partition(": ")[::2] for line in lines)
                self.asked.append((connection.number, headers))
                self.lines.append(lines)
                if self.mute:
                    continue
                handler = self.on.get(headers.get("Action", "").lower(), self.success)
                handler(connection, headers)
        except (asyncio.IncompleteReadError, ConnectionError):
            connection.lost = True
        finally:
            writer.close()

    def names(self):
        """Return the names of the actions that came, but for pings."""
        names = [headers.get("Action") for __, headers in self.asked]
        return [name for name in names if name != "Ping"]

    # -- answers

    def success(self, connection, headers, *more):
        connection.send(
            "Response: Success", f"ActionID: {headers.get('ActionID')}", *more
        )

    def error(self, text):
        """Return a handler that refuses."""

        def handler(connection, headers):
            connection.send(
                "Response: Error",
                f"ActionID: {headers.get('ActionID')}",
                f"Message: {text}",
            )

        return handler

    def rows(self, complete, *rows):
        """Return a handler that answers with a list; a row is a list of lines."""

        def handler(connection, headers):
            ours = f"ActionID: {headers.get('ActionID')}"
            connection.send("Response: Success", ours, "EventList: start")
            for row in rows:
                connection.send(row[0], ours, *row[1:])
            connection.send(f"Event: {complete}", ours, "EventList: Complete")

        return handler

    def empty_list(self, complete):
        return self.rows(complete)

    def silence(self, connection, headers):
        """Answer nothing."""

    def login(self, connection, headers):
        if headers.get("Secret") != self.secret:
            self.error("Authentication failed")(connection, headers)
            connection.writer.close()
            return
        self.success(connection, headers, "Message: Authentication accepted")
        if self.booted:
            connection.send("Event: FullyBooted", "Status: Fully Booted")

    def ping(self, connection, headers):
        now = time.time() + self.clock_ahead
        self.success(connection, headers, "Ping: Pong", f"Timestamp: {now:.6f}")


class Connection:
    """One client's connection, seen from the server."""

    def __init__(self, server, number, writer):
        self.server = server
        self.number = number
        self.writer = writer
        self.lost = False

    def send(self, *lines):
        self.writer.write(encode(*lines))

    def event(self, name, **headers):
        """Send an event with the PBX's clock."""
        now = time.time() + self.server.clock_ahead
        self.send(
            f"Event: {name}",
            f"Timestamp: {now:.6f}",
            *(f"{key}: {value}" for key, value in headers.items()),
        )

    def drop(self):
        """Cut the connection."""
        self.writer.transport.abort()


async def wait_until(condition, timeout=3.0):
    """Wait until ``condition()`` is true; fail the test if it never is."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"never came: {condition}")
        await asyncio.sleep(0.005)


@asynccontextmanager
async def running(secret="secret", port=0):
    """Run a fake PBX."""
    server = await FakeAmi(secret).start(port)
    try:
        yield server
    finally:
        await server.stop()
