"""Stand-ins for Odoo, PostgreSQL and ARI, for tests of the runner."""

import contextlib
import os
import queue
import threading
import time

from connector.core import events
from connector.core.values import Command, OpenCall, PbxSettings
from connector.pg import ListenerError


def settings(port, pbx_id=1, secret="secret", revision="1", ari_url=""):
    return PbxSettings(
        pbx_id,
        f"pbx{pbx_id}",
        "127.0.0.1",
        port,
        "odoo",
        secret,
        ari_url=ari_url,
        revision=revision,
    )


class FakeDatabase:
    """What several connectors share: locks and notifications."""

    def __init__(self):
        self.mutex = threading.Lock()
        self.locks = {}
        self.listeners = []

    def notify(self, payload):
        for listener in list(self.listeners):
            listener.payloads.put(payload)
            os.write(listener.pipe[1], b".")


class FakeListener:
    def __init__(self, database):
        self.database = database
        self.payloads = queue.SimpleQueue()
        self.pipe = None
        self.down = False
        self.connects = 0

    def connect(self):
        self.connects += 1
        if self.down:
            raise ListenerError("down")
        self.pipe = os.pipe()
        os.set_blocking(self.pipe[0], False)
        self.database.listeners.append(self)

    def close(self):
        with self.database.mutex:
            for key in [k for k, v in self.database.locks.items() if v is self]:
                del self.database.locks[key]
        if self in self.database.listeners:
            self.database.listeners.remove(self)
        if self.pipe:
            os.close(self.pipe[0])
            os.close(self.pipe[1])
            self.pipe = None

    def fileno(self):
        return self.pipe[0]

    def _alive(self):
        if self.down:
            raise ListenerError("down")

    def break_(self):
        self.down = True
        os.write(self.pipe[1], b".")

    def poll(self):
        self._alive()
        with contextlib.suppress(BlockingIOError):
            os.read(self.pipe[0], 1000)
        found = []
        while not self.payloads.empty():
            found.append(self.payloads.get())
        return found

    def keep_alive(self):
        self._alive()

    def try_lock(self, pbx_id):
        self._alive()
        with self.database.mutex:
            return self.database.locks.setdefault(pbx_id, self) is self

    def unlock(self, pbx_id):
        self._alive()
        with self.database.mutex:
            if self.database.locks.get(pbx_id) is self:
                del self.database.locks[pbx_id]


class FakeGateway:
    """Odoo as the engine sees it; keeps all that was applied, in order."""

    def __init__(self, *pbxs):
        self.pbxs = list(pbxs)
        self.applied = []
        self.batches = []
        self.pending = []
        self.open = {}
        self.neutralized = False
        self.fail_apply = 0
        #: kinds of events that Odoo can't take
        self.bad = ()
        self.rejected = []
        self.slow = 0.0
        self.abandoned = 0
        self.followed = 0
        #: the extensions that Odoo knows, with the state that it holds
        self.phones = dict.fromkeys(("1986", "1987", "1988"), "not_registered")
        self.threads = set()
        #: what the PBX must hold, and who takes calls of which queue
        self.wanted = []
        self.members = []
        self.broken_reloads = 0
        self.recordings = {}
        self.expected = set()
        self.refuse_recordings = 0
        self.stopped = False
        self.on_apply = None

    def stop(self):
        self.stopped = True

    def is_neutralized(self):
        return self.neutralized

    def load_pbxs(self):
        return list(self.pbxs)

    def follow_phones(self, pbx_id):
        self.followed += 1

    def phone_states(self, pbx_id):
        return dict(self.phones)

    def apply(self, pbx_id, batch, clock_offset):
        self.threads.add(threading.current_thread().name)
        if self.slow:
            time.sleep(self.slow)
        if self.fail_apply:
            self.fail_apply -= 1
            raise OSError("database is away")
        self.batches.append((time.monotonic(), list(batch), clock_offset))
        rejected = [event for event in batch if isinstance(event, self.bad)]
        batch = [event for event in batch if event not in rejected]
        self.rejected += rejected
        self.applied += batch
        for event in batch:
            if isinstance(event, events.CallEnded):
                self.open.pop(event.call_key, None)
            elif isinstance(event, events.PhoneChanged):
                self.phones |= {
                    name: event.state for name in self.phones if name == event.extension
                }
        if self.on_apply:
            self.on_apply(batch)
        return rejected

    def end_broken_reload(self, pbx_id):
        self.broken_reloads += 1

    def sections_wanted(self, pbx_id):
        return list(self.wanted)

    def queue_members(self, pbx_id):
        return list(self.members)

    def claim_commands(self, pbx_id, limit=50, kinds=()):
        self.threads.add(threading.current_thread().name)
        # as claiming does in Odoo
        self.abandoned += 1
        fitting = [c for c in self.pending if not kinds or c.kind in kinds]
        taken = fitting[:limit]
        self.pending = [c for c in self.pending if c not in taken]
        for command in taken:
            if command.kind == "originate":
                self.open[command.call_key] = OpenCall(command.call_key, "sent", 0.0)
        return taken

    def abandon_commands(self, pbx_id):
        self.abandoned += 1

    def open_calls(self, pbx_id):
        return list(self.open.values())

    def recordings_expected(self, pbx_id, names):
        return [name for name in names if name in self.expected]

    def store_recording(self, pbx_id, call_key, content):
        if self.refuse_recordings:
            self.refuse_recordings -= 1
            return False
        if content[:4] != b"RIFF":
            raise ValueError("This is no WAV file")
        self.recordings[call_key] = content
        self.expected.discard(call_key)
        return True

    # -- for tests

    def of(self, *kinds):
        return [event for event in self.applied if isinstance(event, kinds)]

    def names(self, call_key):
        return [
            type(event).__name__
            for event in self.applied
            if getattr(event, "call_key", None) == call_key
        ]


def originate(command_id, key, seconds_left=5.0, **payload):
    values = {
        "extension": "1986",
        "number": "862155001005",
        "trunk": "carrier",
        "caller_id": "02112345678",
        "agent_timeout": 15,
        "dial_timeout": 30,
        "record": True,
        "auto_answer": False,
    }
    return Command(command_id, "originate", key, {**values, **payload}, seconds_left)


class FakeAri:
    """Stored recordings of a PBX, shared by the clients made for it."""

    def __init__(self):
        self.stored = {}
        self.error = None
        self.fetched = []
        self.delay = 0.0

    def __call__(self, settings):
        return self

    def recordings(self):
        if self.error:
            raise self.error
        return list(self.stored)

    def fetch(self, name):
        time.sleep(self.delay)
        self.fetched.append(name)
        content = self.stored[name]
        if isinstance(content, Exception):
            raise content
        return content

    def delete(self, name):
        self.stored.pop(name, None)

    def close(self):
        pass
