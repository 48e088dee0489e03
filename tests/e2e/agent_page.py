"""The agent's workspace as the agent uses it: by clicks, and by looking."""

from playwright.sync_api import TimeoutError as PlaywrightTimeout

#: Collects the states of the call bar as they are shown. It lives in the page: a reload
#: would take it away, and so proves that none happened.
WATCH = """
() => {
    window.shownStates = [];
    const look = () => {
        const bar = document.querySelector(".o_cc_call_bar");
        const state = bar && bar.dataset.state;
        const last = window.shownStates.at(-1);
        if (state && (!last || last.state !== state)) {
            window.shownStates.push({ state, at: Date.now() / 1000 });
        }
    };
    new MutationObserver(look).observe(document.body, {
        subtree: true, childList: true, attributes: true,
        attributeFilter: ["data-state"],
    });
    look();
}
"""


class AgentPage:
    """One open workspace.

    :param page: a Playwright page that is logged in as an agent
    """

    def __init__(self, page):
        self.page = page
        page.wait_for_selector(".o_cc_workspace[data-status=ready]")
        page.evaluate(WATCH)

    def wait_phone_ok(self, timeout: float = 15) -> None:
        """Wait until the page says that the agent's phone can be called."""
        self._wait_text(".o_cc_phone_status", "Phone OK", timeout)

    def find(self, customer):
        """Search a customer in the list, and return the row."""
        self.page.click(".o_cc_plan_tab")
        self.page.fill(".o_cc_search input", customer.name)
        row = self.page.locator(f".o_cc_task[data-id='{customer.task_id}']")
        row.wait_for()
        return row

    def dial(self, customer) -> None:
        """Click on the call button of a customer in the list."""
        self.find(customer).locator(".o_cc_dial").click()

    def open(self, customer) -> None:
        """Open a customer in a tab of its own, by a double click."""
        self.find(customer).dblclick()
        self.wait_customer(customer)

    def wait_customer(self, customer) -> None:
        """Wait until a customer's tab is shown."""
        tab = f".o_cc_customer[data-task='{customer.task_id}'][data-status=ready]"
        self.page.wait_for_selector(tab)

    def dial_here(self) -> None:
        """Click on the icon behind the first number of the customer that is shown."""
        self.page.locator(".o_cc_customer .o_cc_dial").first.click()

    def fill_field(self, name: str, value: str) -> None:
        """Type into a field of the customer, and go away from it."""
        field = self.page.locator(f".o_cc_field[data-name='{name}'] input")
        field.fill(value)
        field.blur()

    def wait_outcome(self, outcome: str) -> None:
        """Wait until the contact record says how the call went."""
        self.page.wait_for_selector(f".o_cc_outcome[data-outcome={outcome}]")

    @property
    def results(self) -> list[str]:
        """The results that are offered."""
        names = self.page.locator(".o_cc_result").all_inner_texts()
        return [name.strip() for name in names]

    def choose_result(self, name: str) -> None:
        """Choose the result of the call, of buttons or of a list."""
        choices = self.page.locator(".o_cc_result_select")
        if choices.count():
            choices.select_option(label=name)
        else:
            exact = self.page.get_by_text(name, exact=True)
            self.page.locator("label.o_cc_result").and_(exact).click()

    def choose_status(self, status: str) -> None:
        """Choose the handling status of the customer."""
        self.page.click(f".o_cc_status_choice[data-status={status}]")

    def note(self, text: str) -> None:
        """Type the note of the contact record."""
        self.page.fill(".o_cc_note", text)

    def answer(self, question: str, option: str) -> None:
        """Choose the answer to a question, and wait until it is kept."""
        place = self.page.locator(".o_cc_question", has_text=question)
        place.locator(".o_cc_option", has_text=option).click()
        place.and_(self.page.locator(":not(.o_cc_edited)")).wait_for()

    def save(self) -> str:
        """Save the contact record; return what the page says of it."""
        self.page.click(".o_cc_save")
        message = self.page.locator(".o_cc_record_message [data-tone]")
        message.wait_for()
        return message.inner_text()

    def hang_up(self) -> None:
        """Click on "Hang up"."""
        self.page.click(".o_cc_hang_up")

    def test_call(self) -> None:
        """Click on "Test call"."""
        self.page.click(".o_cc_test_call")

    def wait_state(self, *states: str, timeout: float = 15) -> str:
        """Wait until the call bar shows one of some states; return which."""
        selector = ", ".join(f".o_cc_call_bar[data-state={state}]" for state in states)
        bar = self.page.wait_for_selector(selector, timeout=timeout * 1000)
        return bar.get_attribute("data-state")

    def wait_text(self, text: str, timeout: float = 15) -> None:
        """Wait until the call bar says something."""
        self._wait_text(".o_cc_call_bar", text, timeout)

    @property
    def bar(self) -> str:
        """All that the call bar says."""
        return self.page.inner_text(".o_cc_call_bar")

    @property
    def states(self) -> list[str]:
        """The states that the call bar has shown since the page was opened."""
        return [shown["state"] for shown in self.shown]

    @property
    def shown(self) -> list[dict]:
        """The same with the time at which each came up (`at`, in seconds)."""
        return self.page.evaluate("() => window.shownStates")

    def _wait_text(self, selector: str, text: str, timeout: float) -> None:
        place = self.page.locator(selector, has_text=text).first
        try:
            place.wait_for(timeout=timeout * 1000)
        except PlaywrightTimeout as error:
            shown = self.page.inner_text(selector)
            raise AssertionError(f"no {text!r} in {shown!r}") from error
