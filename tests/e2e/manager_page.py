"""Odoo's screens as a manager uses them: by clicks, and by looking."""

#: Milliseconds that a screen may take, the first time with its scripts.
PATIENCE = 60_000


class ManagerPage:
    """One browser window, logged in as a manager.

    :param page: a Playwright page that shows the web client
    """

    def __init__(self, page):
        self.page = page
        page.set_default_timeout(PATIENCE)
        page.wait_for_selector(".o_web_client")

    # Ways ---------------------------------------------------------------------------

    def open_app(self, name: str = "Call Center") -> None:
        """Open an app from the apps menu."""
        self.page.click(".o_navbar_apps_menu button")
        self.page.click(f".o-dropdown--menu .o_app:has-text('{name}')")
        self.page.wait_for_selector(f".o_menu_brand:has-text('{name}')")

    def open_menu(self, section: str, entry: str) -> None:
        """Open an entry of the app's menu: a list."""
        self.open_page(section, entry, f".o_breadcrumb:has-text('{entry}')")

    def open_page(self, section: str, entry: str, selector: str) -> None:
        """Open an entry of the app's menu, and wait for what it shows."""
        self.page.click(f".o_menu_sections button:has-text('{section}')")
        # Entries may begin alike: "Agents", "Agent Groups".
        item = self.page.locator(".o-dropdown--menu .dropdown-item")
        item.get_by_text(entry, exact=True).click()
        self.page.wait_for_selector(selector)

    def new(self) -> None:
        """Click on "New"."""
        self.page.locator(
            ".o_control_panel_main_buttons .o_list_button_add:visible,"
            ".o_control_panel_main_buttons .o_form_button_create:visible"
        ).first.click()

    def open_row(self, text: str) -> None:
        """Click on the row of a list that has a text."""
        self.page.locator(".o_data_row", has_text=text).first.locator(
            ".o_data_cell"
        ).nth(0).click()
        self.page.wait_for_selector(".o_form_view")

    def search(self, text: str, field: str) -> None:
        """Search a text in one field, by the search box and what it offers."""
        self.page.fill(".o_searchview_input", text)
        offer = self.page.locator(".o-dropdown-item, .o_searchview_autocomplete li")
        offer.filter(has_text=field).first.click()
        self.page.wait_for_selector(".o_facet_value")

    def click(self, text: str) -> None:
        """Click on a button of the form or dialog by what is written on it."""
        top = self.page.locator(".modal:visible, .o_action_manager").last
        top.get_by_role("button", name=text, exact=True).first.click()

    def tab(self, text: str) -> None:
        """Open a page of the form's notebook."""
        self.page.locator(".o_notebook .nav-link", has_text=text).click()

    # Fields -------------------------------------------------------------------------

    def field(self, name: str):
        """Return the place of a field, in the dialog if one is open."""
        top = self.page.locator(".modal:visible, .o_action_manager").last
        return top.locator(f".o_field_widget[name={name}]").first

    def fill(self, name: str, value: str) -> None:
        """Type into a field."""
        place = self.field(name).locator("input, textarea").first
        place.fill(value)
        # Other fields may come and go with it.
        place.press("Tab")

    def choose(self, name: str, value: str) -> None:
        """Choose a record in a many2one or many2many field, or in a drop-down list."""
        place = self.field(name)
        place.locator("input").first.fill(value)
        option = self.page.locator(".o-autocomplete--dropdown-item", has_text=value)
        option.first.click()

    def set_switch(self, name: str, value: bool) -> None:
        """Set a check box."""
        box = self.field(name).locator("input[type=checkbox]")
        box.set_checked(value)

    def save(self) -> None:
        """Click on the form's save button, and wait until it is saved."""
        self.page.click(".o_form_button_save")
        self.page.wait_for_selector(".o_form_view .o_form_saved")

    # Looking ------------------------------------------------------------------------

    def wait_text(self, text: str, selector: str = "body", timeout: int = PATIENCE):
        """Wait until a place of the page says something, and return the place."""
        place = self.page.locator(selector, has_text=text).first
        place.wait_for(timeout=timeout)
        return place

    def picture(self, path) -> None:
        """Take a picture of the screen."""
        self.page.screenshot(path=path)

    def text(self, selector: str) -> str:
        """Return what a place of the page says."""
        return self.page.inner_text(selector)
