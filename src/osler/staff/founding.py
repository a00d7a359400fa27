"""The practice, its administrator, and the link between them: what the first run makes, all or nothing."""

from __future__ import annotations

from osler.access import Principal
from osler.clinic.practice import NewPractice, found_practice
from osler.identity import installing, passwords, people, rights
from osler.identity.models import Account
from osler.kit.errors import Conflict, Invalid
from osler.record import Record


def set_up(
    record: Record,
    actor: Principal,
    practice: NewPractice,
    administrator: installing.Administrator,
) -> Account:
    """Make them. Raises Invalid where the password or a role will not do, Conflict where people exist."""
    if not installing.needed():
        raise Conflict("There are accounts already; an administrator invites others.")
    work = administrator.clinician
    if work and work not in {role.code for role in rights.staff_roles()}:
        known = ", ".join(role.code for role in rights.staff_roles())
        raise Invalid(f"There is no role {work!r} for staff; there are {known}.")
    probe = Account(
        username=administrator.username,
        name=administrator.name,
        email=administrator.email,
        roles=list(installing.ADMINISTRATOR),
    )
    problems = passwords.problems(administrator.password, probe)
    if problems:
        raise Invalid(" ".join(problems), expression="password")
    account = installing.first(actor, administrator, "")
    # The account first: it is where two at once meet. Without the record it could be linked later.
    person = found_practice(record, actor, practice, administrator.name, work)
    people.link(actor, account, person)
    account.refresh_from_db()
    return account
