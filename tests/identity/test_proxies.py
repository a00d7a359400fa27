"""Acting for others: since when, until when, how far; over at once; and over on a birthday."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.identity.events import Event
from osler.kit import clock
from osler.kit.errors import Invalid, NotAllowed, NotFound

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DESK = Principal(id="desk", roles=frozenset({"front-desk"}))


@pytest.fixture
def day(pages: None) -> Iterator[None]:
    with clock.frozen(NOW):
        yield


def granted(account: Any, born: date | None = date(2016, 6, 15), **more: Any) -> Any:
    from osler.identity import proxies

    given: dict[str, Any] = {
        "name": "Dee Roe",
        "person": "RelatedPerson/r1",
        "kind": "parent",
        "categories": ["clinical", "scheduling", "billing"],
        "basis": "birth certificate seen",
        "ages": proxies.Ages(13, 18),
    } | more
    patient = proxies.Patient(given.pop("patient", "kid"), "Kid Roe", born)
    return proxies.grant(given.pop("actor", DESK), patient, account=account, **given)


def mother() -> Any:
    from tests.identity.people import patient

    return patient("dee", patient="mum", person="Patient/mum")


def test_acting_is_another_principal(day: None) -> None:
    from osler.identity import proxies

    dee = mother()
    granted(dee)
    caller = proxies.acting(dee, "Patient/kid")
    assert caller.roles == {"proxy"}
    assert (caller.patient, caller.on_behalf_of) == ("kid", "Patient/kid")
    assert caller.person == "RelatedPerson/r1" and caller.own_patient is None
    assert caller.proxy is not None
    assert caller.proxy.categories == {"clinical", "scheduling", "billing"}
    assert caller.proxy.until == datetime(2034, 6, 15, tzinfo=UTC)
    for other in ("mum", "Patient/other", "", "kid2"):
        with pytest.raises(NotAllowed):
            proxies.acting(dee, other)


@pytest.mark.parametrize(
    ("at", "scope"),
    [
        (datetime(2029, 6, 14, 23, 59, tzinfo=UTC), {"clinical", "scheduling", "billing"}),
        (datetime(2029, 6, 15, tzinfo=UTC), {"scheduling", "billing"}),
        (datetime(2034, 6, 14, 23, 59, tzinfo=UTC), {"scheduling", "billing"}),
        (datetime(2034, 6, 15, tzinfo=UTC), None),
    ],
)
def test_birthdays(day: None, at: datetime, scope: set[str] | None) -> None:
    """13: the record closes to the parent; 18: all does."""
    from osler.identity import proxies

    dee = mother()
    granted(dee)
    with clock.frozen(at):
        if scope is None:
            with pytest.raises(NotAllowed):
                proxies.acting(dee, "kid")
            return
        proxy = proxies.acting(dee, "kid").proxy
        assert proxy is not None and proxy.categories == scope


def test_a_birthday_on_29_february() -> None:
    from osler.identity import proxies

    assert proxies.birthday(date(2008, 2, 29), 18) == datetime(2026, 3, 1, tzinfo=UTC)
    assert proxies.birthday(date(2008, 2, 29), 16) == datetime(2024, 2, 29, tzinfo=UTC)


def test_of_age_only_by_their_own_agreement(day: None) -> None:
    from osler.identity import proxies

    dee = mother()
    with pytest.raises(Invalid):
        granted(dee, born=date(2008, 3, 1))
    renewed = granted(dee, born=date(2008, 3, 1), agreed=True)
    assert renewed.ends is None and renewed.narrows is None
    assert proxies.acting(dee, "kid").proxy is not None


def test_an_adolescent_who_agrees_keeps_it_open_until_of_age(day: None) -> None:
    made = granted(mother(), born=date(2012, 1, 1), agreed=True)
    assert made.narrows is None and made.ends == datetime(2030, 1, 1, tzinfo=UTC)
    assert made.scope() == {"clinical", "scheduling", "billing"}


def test_without_agreement_an_adolescents_record_is_closed_from_the_start(day: None) -> None:
    assert granted(mother(), born=date(2012, 1, 1)).scope() == {"scheduling", "billing"}


def test_the_ages_are_settings(day: None) -> None:
    from osler.identity import proxies

    made = granted(mother(), born=date(2012, 1, 1), ages=proxies.Ages(0, 21))
    assert made.narrows is None and made.ends == datetime(2033, 1, 1, tzinfo=UTC)


def test_start_and_end(day: None) -> None:
    from osler.identity import proxies

    dee = mother()
    start, end = NOW + timedelta(days=1), NOW + timedelta(days=3)
    granted(dee, born=date(1950, 1, 1), kind="carer", starts=start, ends=end)
    with pytest.raises(NotAllowed):
        proxies.acting(dee, "kid")
    with clock.frozen(start):
        assert proxies.acting(dee, "kid").proxy is not None
    with clock.frozen(end), pytest.raises(NotAllowed):
        proxies.acting(dee, "kid")
    with pytest.raises(Invalid):
        granted(dee, kind="carer", ends=NOW - timedelta(seconds=1))


def test_an_end_is_never_after_the_birthday(day: None) -> None:
    made = granted(mother(), ends=datetime(2050, 1, 1, tzinfo=UTC))
    assert made.ends == datetime(2034, 6, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"categories": []},
        {"categories": ["clinical", "everything"]},
        {"kind": "friend"},
        {"basis": "  "},
        {"born": None},
        {"person": "Patient/../1"},
    ],
)
def test_what_cannot_be_granted(day: None, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        granted(mother(), **wrong)


def test_who_may_grant(day: None) -> None:
    dee = mother()
    for role in ("nurse", "patient", "proxy", "biller", "system-admin"):
        with pytest.raises(NotAllowed):
            granted(dee, actor=Principal(id="x", roles=frozenset({role})))
    with pytest.raises(NotAllowed):  # Not oneself, whatever one may.
        granted(dee, actor=Principal(id=str(dee.pk), roles=frozenset({"front-desk"})))


def test_it_ends_at_once_and_only_by_whom_it_concerns(told: list[Event]) -> None:
    from osler.identity import proxies

    with clock.frozen(NOW):
        dee = mother()
        made = granted(dee)
        strangers = [
            Principal(id="x", roles=frozenset({"patient"}), patient="other"),
            Principal(id="x", roles=frozenset({"nurse"})),
            # Another proxy of the same child is not the child.
            Principal(
                id="x", roles=frozenset({"proxy"}), patient="kid", on_behalf_of="Patient/kid"
            ),
        ]
        for stranger in strangers:
            with pytest.raises(NotFound):
                proxies.end(stranger, str(made.pk))
        assert proxies.acting(dee, "kid").proxy is not None
        kid = Principal(id="kid-account", roles=frozenset({"patient"}), patient="kid")
        proxies.end(kid, str(made.pk))
        with pytest.raises(NotAllowed):
            proxies.acting(dee, "kid")
        again = granted(dee)
        proxies.end(Principal(id=str(dee.pk)), str(again.pk))  # Who holds it may give it up.
        last = granted(dee)
        proxies.end(LOCAL, str(last.pk))
    ends = [one for one in told if one.action == "proxy-end"]
    assert [one.principal.id for one in ends] == ["kid-account", str(dee.pk), "local"]
    assert {one.patient for one in ends} == {"kid"}


def test_several_patients_are_told_apart(day: None) -> None:
    from osler.identity import proxies

    dee = mother()
    granted(dee, patient="kid1")
    granted(dee, patient="kid2", categories=["billing"])
    assert {one.patient for one in proxies.current(dee)} == {"kid1", "kid2"}
    second = proxies.acting(dee, "kid2")
    assert second.patient == "kid2" and second.proxy is not None
    assert second.proxy.categories == {"billing"}


def test_a_disabled_account_acts_for_nobody(day: None) -> None:
    from osler.identity import people, proxies

    dee = mother()
    granted(dee)
    people.disable(LOCAL, dee)
    with pytest.raises(NotAllowed):
        proxies.acting(people.found("dee"), "kid")


def test_an_invited_proxy_gets_it_with_the_account(day: None) -> None:
    from osler.identity import invitations, proxies

    waiting = granted(None, email="dee@example.org")
    assert proxies.of_patient("kid") == [waiting]
    _, address = invitations.invite_proxy(DESK, waiting, lambda secret: f"http://x/{secret}")
    account = invitations.accept(address.rpartition("/")[2], "dee", "seven heron under umber x")
    assert (account.kind, account.roles, account.patient) == ("proxy", ["proxy"], "")
    assert proxies.acting(account, "kid").patient == "kid"
