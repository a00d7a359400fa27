"""Acting for others: who may, for whom, since when, until when and how far.

A parent's authority narrows when the child's care becomes their own, and ends when the child is of age;
both birthdays are settings. It ends at once when it is withdrawn, by staff or by the patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from time import monotonic
from uuid import UUID

from django.db import transaction

from osler.access import Origin, Principal, ProxyScope
from osler.identity import people, rights
from osler.identity.events import Event, tell
from osler.identity.models import Account, ProxyGrant
from osler.identity.people import NO_ID
from osler.kit import clock
from osler.kit.errors import Invalid, NotAllowed, NotFound
from osler.kit.words import N_

CATEGORIES = {
    "clinical": N_("The record: problems, medications, results, visits, documents"),
    "scheduling": N_("Appointments"),
    "billing": N_("Coverage, bills and payments"),
    "messages": N_("Messages with the practice"),
}
_KNOWN_S = 30
_NARROWED = frozenset({"scheduling", "billing"})
_PARENTAL = frozenset({ProxyGrant.Kind.PARENT, ProxyGrant.Kind.GUARDIAN})


@dataclass(frozen=True, slots=True)
class Ages:
    """From which age an adolescent's clinical data are closed to parents (0: never), and when all ends."""

    narrow: int = 13
    end: int = 18


@dataclass(frozen=True, slots=True)
class Patient:
    """What must be known of a patient to give somebody an authority. `id` is the logical id."""

    id: str
    name: str
    born: date | None


def birthday(born: date, age: int) -> datetime:
    """The beginning (UTC) of the day on which somebody is so old; of 29 February, 1 March."""
    year = born.year + age
    try:
        day = born.replace(year=year)
    except ValueError:
        day = date(year, 3, 1)
    return datetime.combine(day, time(), UTC)


def limits(
    kind: str, patient: Patient, ages: Ages, *, ends: datetime | None, agreed: bool
) -> tuple[datetime | None, datetime | None]:
    """(narrows, ends) of an authority. `agreed`: the adolescent or adult patient agrees to all of it.

    Raises:
        Invalid: a parent of somebody without a birth date, or of age who has not agreed; an end gone by.
    """
    now = clock.now()
    if ends is not None and ends <= now:
        raise Invalid("The end of an authority is in the future.", expression="ends")
    if kind not in _PARENTAL:
        return None, ends
    if patient.born is None:
        raise Invalid("The patient has no birth date, so a parent's authority would have no end.")
    of_age = birthday(patient.born, ages.end)
    if of_age <= now:
        if kind == ProxyGrant.Kind.PARENT and not agreed:
            raise Invalid(
                f"The patient is {ages.end} or older: only with their own agreement can a parent act for"
                " them.",
                expression="agreed",
            )
        return None, ends
    narrows = birthday(patient.born, ages.narrow) if ages.narrow and not agreed else None
    return narrows, min(ends, of_age) if ends else of_age


@transaction.atomic
def grant(
    actor: Principal,
    patient: Patient,
    *,
    account: Account | None,
    name: str,
    email: str = "",
    person: str,
    kind: str,
    categories: Iterable[str],
    basis: str,
    ages: Ages,
    starts: datetime | None = None,
    ends: datetime | None = None,
    agreed: bool = False,
) -> ProxyGrant:
    """Let somebody act for a patient. `person` is their RelatedPerson; `basis` the grounds, in words.

    Without an account it waits for the one that an invitation makes (`invitations.invite_proxy`).

    Raises:
        NotAllowed: the actor may not. Invalid: kind, categories, basis or a date.
    """
    wanted = frozenset(categories)
    check(actor, account, kind, wanted, basis)
    narrows, until = limits(kind, patient, ages, ends=ends, agreed=agreed)
    made = ProxyGrant(
        account=account,
        name=name,
        email=email,
        patient=patient.id,
        patient_name=patient.name,
        person=people.checked_person(person),
        kind=kind,
        categories=sorted(wanted),
        narrowed=sorted(wanted & _NARROWED),
        basis=basis.strip(),
        starts=starts or clock.now(),
        narrows=narrows,
        ends=until,
        granted_by=actor.id,
    )
    made.save()
    tell(_event("proxy-grant", actor, made, _words(made)))
    return made


def check(
    actor: Principal, account: Account | None, kind: str, wanted: frozenset[str], basis: str
) -> None:
    """Raise where this actor may not grant it, or it makes no sense."""
    rights.require(actor, "enrolment.issue")
    if not wanted or wanted - CATEGORIES.keys():
        raise Invalid(f"Choose some of {', '.join(CATEGORIES)}.", expression="categories")
    if kind not in ProxyGrant.Kind.values:
        raise Invalid(f"{kind!r} is none of {', '.join(ProxyGrant.Kind.values)}.")
    if not basis.strip():
        raise Invalid("Say on what grounds: a document seen, an agreement signed.")
    if account is not None and actor.id == str(account.pk):
        raise NotAllowed("Nobody gives themselves authority over a patient.")


@transaction.atomic
def end(actor: Principal, grant_id: str, *, patient: str | None = None) -> ProxyGrant:
    """End an authority at once: by staff who may give it, by the patient, or by who has it.

    Staff end what is about `patient`, whom the caller has looked up as them: one whom they may not see has
    no authorities for them. Raises NotFound, which is also the answer to whom it does not concern.
    """
    found = (
        ProxyGrant.objects.select_for_update().filter(pk=people.uuid_of(grant_id) or NO_ID).first()
    )
    if found is None or not _may_end(actor, found, patient):
        raise NotFound("There is no such authority.")
    if found.revoked is None:
        found.revoked, found.revoked_by = clock.now(), actor.id
        found.save(update_fields=["revoked", "revoked_by"])
        tell(_event("proxy-end", actor, found, _words(found)))
    return found


def current(account: Account) -> list[ProxyGrant]:
    """For whom an account may act now, by name."""
    return _held(account.pk)


def _held(account: UUID) -> list[ProxyGrant]:
    rows = ProxyGrant.objects.filter(account=account, revoked=None, starts__lte=clock.now())
    return sorted((row for row in rows if row.state == "current"), key=lambda r: r.patient_name)


def acts(account: Account) -> bool:
    """Whether an account may act for anybody, as it was known within the last half minute: for menus alone."""
    return _acts(account.pk, int(monotonic() // _KNOWN_S))


@lru_cache(maxsize=1024)
def _acts(account: UUID, span: int) -> bool:  # noqa: ARG001 - when it was asked
    return bool(_held(account))


def of_patient(patient: str) -> list[ProxyGrant]:
    """Everybody who may or might act for a patient, the newest first."""
    return list(ProxyGrant.objects.select_related("account").filter(patient=patient))


def acting(
    account: Account, patient: str, *, session: str | None = None, origin: Origin | None = None
) -> Principal:
    """The principal that an account is while it acts for this patient: with none of its other roles.

    Raises:
        NotAllowed: no authority for this patient is in force.
    """
    logical = patient.removeprefix("Patient/")
    held = [one for one in current(account) if one.patient == logical]
    if not held or not account.is_active:
        raise NotAllowed("You may not act for this patient, or no longer.")
    ends = [one.ends for one in held]
    until = None if None in ends else max(end for end in ends if end is not None)
    return Principal(
        id=str(account.pk),
        name=account.name,
        roles=frozenset({"proxy"}),
        person=held[0].person,
        patient=logical,
        on_behalf_of=f"Patient/{logical}",
        session=session,
        proxy=ProxyScope(frozenset().union(*(one.scope() for one in held)), until),
        origin=origin or Origin(),
    )


def _may_end(actor: Principal, found: ProxyGrant, seen: str | None) -> bool:
    own = actor.patient == found.patient and actor.proxy is None and "patient" in actor.roles
    holder = found.account is not None and actor.id == str(found.account.pk)
    desk = seen == found.patient and rights.has(actor, "enrolment.issue")
    return own or holder or desk or rights.LOCAL_ROLE in actor.roles


def _words(found: ProxyGrant) -> str:
    until = f"until {found.ends:%Y-%m-%d}" if found.ends else "without an end"
    return f"{found.kind}, {found.person}, {', '.join(found.categories)}, {until}"


def _event(action: str, actor: Principal, found: ProxyGrant, words: str) -> Event:
    subject = str(found.account.pk) if found.account is not None else None
    return Event(action, actor, detail=words, subject=subject, patient=found.patient)
