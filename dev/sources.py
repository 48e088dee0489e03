"""The sources as the servers read them: the checkout, or a mirror of it."""

import shutil

from . import odoo, steps, users
from .settings import Settings
from .steps import StepFailed

#: What the servers read of the checkout.
FOLDERS = (odoo.MODULE, "dev/addons")


def check_prefix(settings: Settings) -> None:
    """Refuse a prefix that the servers' user cannot reach.

    :raise StepFailed: naming the folder and the cure
    """
    user = users.service_user()
    closed = users.closed_folder(settings.prefix, user.pw_uid, user.pw_gid)
    if closed:
        raise StepFailed(
            f"{closed} is closed to the user {user.pw_name}, as which the servers run",
            hint=f"PREFIX={users.FALLBACK_PREFIX}, or chmod o+x {closed}",
        )


def mirror(settings: Settings) -> None:
    """Copy the sources to where the servers' user can read them, if need be."""
    if settings.source == settings.checkout:
        return
    with steps.step(f"Copying the sources to {settings.source}: theirs is closed"):
        for name in FOLDERS:
            target = settings.source / name
            partial = target.with_name(f"{target.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            ignored = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(settings.checkout / name, partial, ignore=ignored)
            shutil.rmtree(target, ignore_errors=True)
            partial.rename(target)
            users.open_all(target)
