"""What the end-to-end tests share: customers to call, and what became of the calls."""

import itertools
import time

from .records import Records

#: Fields of a call that tests look at.
CALL_FIELDS = (
    "uniqueid",
    "kind",
    "state",
    "outcome",
    "requested_at",
    "dialed_at",
    "ringing_at",
    "answered_at",
    "ended_at",
    "total_seconds",
    "talk_seconds",
    "cause",
    "sip_code",
    "reason",
    "message",
    "leg_ids",
    "recording_attachment_id",
    "recording_seconds",
)


class CallCenter:
    """A running call centre, seen by its manager.

    :param stack: the `dev.stack.Stack` it runs on
    """

    def __init__(self, stack):
        self.stack = stack
        self.records = self.log_in("manager")
        self._pitches = itertools.count(20)
        self._names = itertools.count(1)

    def log_in(self, login: str) -> Records:
        """Return the records as a user sees them."""
        settings = self.stack.settings
        password = self.stack.secrets["passwords"][login]
        return Records(settings.odoo_url, settings.database, login, password)

    def agent(self, number: str) -> dict:
        """Return an agent's record."""
        return self.records.one("callcenter.agent", ("number", "=", number))

    def wait_agent(self, number: str, state: str, timeout: float = 20) -> dict:
        """Wait until an agent is in a state."""
        return self.records.wait_one(
            "callcenter.agent",
            ("number", "=", number),
            ("state", "=", state),
            fields=["state"],
            timeout=timeout,
        )

    def sign_in(self, number: str) -> None:
        """Sign an agent in to all of his groups."""
        group_ids = self.records.one(
            "callcenter.agent", ("number", "=", number), fields=["group_ids"]
        )["group_ids"]
        self.log_in(number).call(
            "callcenter.agent", "action_sign_in", self.agent(number)["id"], group_ids
        )

    def make_ready(self, number: str, timeout: float = 20) -> None:
        """Sign an agent in if need be, leave the last call unsaved, wait for ready."""
        deadline = time.monotonic() + timeout
        asked = ""
        while (state := self._state(number)) != "ready":
            if time.monotonic() > deadline:
                raise TimeoutError(f"agent {number} is {state}")
            if state == "signed_out" and asked != state:
                self.sign_in(number)
            if state == "wrap_up" and asked != state:
                self.log_in(number).call("callcenter.agent", "action_leave_unsaved", [])
            asked = state
            time.sleep(0.1)

    def _state(self, number: str) -> str:
        agent = self.records.one(
            "callcenter.agent", ("number", "=", number), fields=["state"]
        )
        return agent["state"]

    def new_customer(self, agent: str, behaviour: str) -> "Customer":
        """Give an agent a customer with a number, and so a pitch, of its own.

        :param behaviour: KSTT of the simulated carrier's number plan
        """
        pitch = next(self._pitches)
        number = f"862155{pitch:02d}{behaviour}"
        return self._customer(agent, number, 400 + 20 * pitch)

    def customer_with_number(self, agent: str, number: str) -> "Customer":
        """Give an agent a customer with any text for a number."""
        return self._customer(agent, number, 0)

    def _customer(self, agent: str, number: str, pitch: int) -> "Customer":
        name = f"Customer {next(self._names)} of {number}"
        partner_id = self.records.create("res.partner", name=name, phone=f"+{number}")
        task_id = self.records.create(
            "callcenter.task",
            plan_id=self.records.one("callcenter.dial.plan")["id"],
            partner_id=partner_id,
            agent_id=self.agent(agent)["id"],
        )
        return Customer(self, task_id, name, number, pitch)


class Customer:
    """A task, the number that the carrier sees, and the pitch that tells its calls."""

    def __init__(
        self, center: CallCenter, task_id: int, name: str, number: str, pitch: int
    ):
        self._records = center.records
        self.task_id = task_id
        self.name = name
        self.number = number
        self.pitch = pitch

    def calls(self, kind: str = "main") -> list[dict]:
        """Return the calls of the task, oldest first."""
        domain = [("task_id", "=", self.task_id), ("kind", "=", kind)]
        return self._records.search(
            "callcenter.call", *domain, fields=CALL_FIELDS, order="id"
        )

    def wait_ended(self, timeout: float = 20) -> dict:
        """Wait until the task's one call has ended, and return it."""
        return self._wait(("state", "=", "ended"), timeout=timeout)

    def wait_recording(self, timeout: float = 20) -> dict:
        """Wait until the recording of the task's one call is in Odoo."""
        return self._wait(("recording_attachment_id", "!=", False), timeout=timeout)

    def _wait(self, *domain, timeout: float) -> dict:
        return self._records.wait_one(
            "callcenter.call",
            ("task_id", "=", self.task_id),
            ("kind", "=", "main"),
            *domain,
            fields=CALL_FIELDS,
            timeout=timeout,
        )
