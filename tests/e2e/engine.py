"""The connector's engine beside a real PBX, with a stand-in for Odoo."""

import asyncio
import functools
import threading
import time
import uuid
from dataclasses import replace

from connector.ami import AmiClient
from connector.ari import AriClient
from connector.core import events
from connector.core.backoff import Backoff
from connector.core.values import Command, PbxSettings
from connector.link import Timing
from connector.runner import Runner
from dev import processes
from tests.e2e.telephony import Telephony
from tests.unit.connector import fakes


class Machines(Telephony):
    """A PBX and a carrier as the engine sees them."""

    def pbx(self, **changes):
        secrets = self.secrets
        values = PbxSettings(
            1,
            "real",
            "127.0.0.1",
            self.settings.ami_port,
            secrets["ami_user"],
            secrets["ami_secret"],
            ari_url=f"http://127.0.0.1:{self.settings.ari_port}",
            ari_user=secrets["ari_user"],
            ari_secret=secrets["ari_secret"],
            revision="1",
        )
        return replace(values, **changes)

    def phone(self, number="1987", answer="auto", **options):
        return super().phone(number, answer, **options)

    def pid(self):
        return processes.pid(self.settings, "pbx")


class Engine:
    """A runner on a thread of its own, as in a server."""

    #: seconds between two looks at what the PBX holds
    sections = 300.0

    def __init__(self, *pbxs, gateway=None):
        self.database = fakes.FakeDatabase()
        self.gateway = gateway or fakes.FakeGateway(*pbxs)
        self.loop = asyncio.new_event_loop()
        self.runner = None
        self.number = 0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._main())

    async def _main(self):
        self.runner = Runner(
            "test",
            self.gateway,
            fakes.FakeListener(self.database),
            ami_factory=functools.partial(
                AmiClient,
                ping_interval=0.5,
                answer_timeout=1.5,
                backoff=Backoff(0.2, 1.0),
            ),
            ari_factory=AriClient,
            timing=Timing(
                contacts=2.0,
                recordings=2.0,
                recordings_settle=0.3,
                sections=self.sections,
            ),
        )
        await self.runner.run()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *__):
        began = time.monotonic()
        self.loop.call_soon_threadsafe(self.runner.stop)
        self.thread.join(5)
        assert not self.thread.is_alive()
        assert time.monotonic() - began < 2

    def wait(self, condition, timeout=15):
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, [type(e).__name__ for e in self.applied]
            time.sleep(0.01)

    def wait_online(self):
        self.wait(lambda: self.state() == "online")
        return self

    def state(self):
        told = self.gateway.of(events.PbxChanged)
        return told[-1].state if told else ""

    @property
    def applied(self):
        return self.gateway.applied

    def send(self, kind, key="", **payload):
        self.number += 1
        self.gateway.pending.append(Command(self.number, kind, key, payload, 8.0))
        self.database.notify("1")
        return self.number

    def dial(self, number, extension="1987", **payload):
        key = str(uuid.uuid4())
        values = {
            "extension": extension,
            "number": number,
            "trunk": "carrier",
            "caller_id": "",
            "agent_timeout": 5,
            "dial_timeout": 4,
            "record": True,
            "auto_answer": False,
        }
        self.send("originate", key, **{**values, **payload})
        return key

    def wait_for(self, kind, key, timeout=15):
        def found():
            return [e for e in self.gateway.of(kind) if e.call_key == key]

        self.wait(found, timeout)
        return found()[-1]

    def wait_ended(self, key, timeout=15):
        return self.wait_for(events.CallEnded, key, timeout)


def phone_states(engine, number):
    """Return the states that were told of an extension's phone, in order."""
    return [
        e.state for e in engine.gateway.of(events.PhoneChanged) if e.extension == number
    ]
