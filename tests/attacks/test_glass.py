"""Broken glass: over when it is over, and reviewed by somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osler.access import LOCAL, Principal
from osler.access.demands import DESK
from osler.clinic.privacy.codes import Kind
from osler.kit import clock
from osler.kit.errors import NotAllowed, NotFound, OslerError
from osler.record import Record
from tests.attacks.conftest import Api, AsIf
from tests.matrix.cast import OTHER, OWN

REASON = "Brought in unconscious, allergies unknown"
FILES = (f"Patient/{OTHER}", f"Observation/{OTHER}-sodium", f"Binary/{OTHER}-file")


def breaking(
    record: Record, callers: dict[str, Principal], caller: str, patient: str = OTHER
) -> None:
    record.break_glass(callers[caller], patient, REASON, 30)


def test_it_opens_what_it_is_for_and_nothing_more(
    record: Record, api: Api, callers: dict[str, Principal], as_if: AsIf
) -> None:
    caller = as_if("physician", id="opener")
    breaking(record, callers, caller)
    assert [api(caller, "GET", f"/fhir/{one}").status for one in FILES[:2]] == [200, 200]
    for path in (f"Observation/{OTHER}-sodium", f"Patient/{OTHER}"):
        shown = api(caller, "GET", f"/fhir/{path}").json
        assert api(caller, "PUT", f"/fhir/{path}", {**shown, "language": "en"}).status in {403, 404}
    assert api("physician", "GET", f"/fhir/Patient/{OTHER}").status == 404  # Another account.
    record.end_glass(callers[caller], OTHER)


@pytest.mark.parametrize("way", ["expired", "ended"])
def test_closed_glass_is_closed_on_every_way_in(
    record: Record, api: Api, callers: dict[str, Principal], as_if: AsIf, way: str
) -> None:
    caller = as_if("physician", id=f"late-{way}")
    breaking(record, callers, caller)
    if way == "ended":
        record.end_glass(callers[caller], OTHER)
    moment = clock.now() + timedelta(minutes=31 if way == "expired" else 0)
    with clock.frozen(moment):
        for one in FILES:
            for path in (one, f"{one}/_history", f"{one}/_history/1", f"{one}/$meta"):
                assert api(caller, "GET", f"/fhir/{path}").status == 404
        assert api(caller, "GET", f"/fhir/Patient/{OTHER}/$everything").status == 404
        found = api(caller, "GET", f"/fhir/Observation?patient={OTHER}")
        assert found.json["total"] == 0


@pytest.mark.parametrize(
    "caller",
    ["medical-assistant", "front-desk", "biller", "lab", "pharmacist", "practice-admin",
     "privacy-officer", "system-admin", "patient", "proxy", "integration"],
)  # fmt: skip
def test_only_who_treats_breaks_it(
    record: Record, callers: dict[str, Principal], caller: str
) -> None:
    with pytest.raises(NotAllowed):
        breaking(record, callers, caller)
    with pytest.raises(NotAllowed):
        record.locate(callers[caller], f"Family-{OTHER} 1980-02-03")


def test_ones_own_chart_is_not_opened_by_it(
    record: Record, callers: dict[str, Principal], as_if: AsIf
) -> None:
    caller = as_if("physician", id="self", own_patient=OTHER)
    with pytest.raises(NotAllowed):
        breaking(record, callers, caller)


def test_who_broke_it_neither_reviews_nor_closes_the_review(
    record: Record, api: Api, callers: dict[str, Principal], as_if: AsIf
) -> None:
    """Not as an officer, not with both roles, not by writing the Task, on whose patient ever."""
    both = as_if("physician", id="both", roles=frozenset({"physician", "privacy-officer"}))
    plain = as_if("physician", id="plain")
    for caller, patient in ((both, OTHER), (both, OWN), (plain, OWN)):
        glass = record.break_glass(callers[caller], patient, REASON, 30)
        with pytest.raises(OslerError):
            record.review_glass(callers[caller], glass.id, "It was fine")
        path = f"/fhir/Task/{glass.task}"
        task = api("local", "GET", path).json
        answers = [
            api(caller, "PUT", path, {**task, "status": "completed"}).status,
            api(caller, "PATCH", path, [{"op": "replace", "path": "/status", "value": "cancelled"}],
                content_type="application/json-patch+json").status,
            api(caller, "DELETE", path).status,
        ]  # fmt: skip
        assert set(answers) <= {403, 404}, (caller, patient)
        assert api("local", "GET", path).json["status"] == "requested"
        record.end_glass(callers[caller], patient)


@pytest.mark.parametrize("caller", ["physician", "nurse", "medical-assistant", "front-desk"])
def test_what_a_patient_asks_of_the_privacy_desk_is_not_the_staffs(api: Api, caller: str) -> None:
    """A complaint about somebody is neither read nor closed by them."""
    path = f"/fhir/Task/{OWN}-request"
    assert api(caller, "GET", path).status == 404
    task = api("local", "GET", path).json
    assert api(caller, "PUT", path, {**task, "status": "completed"}).status in {403, 404}
    assert api("local", "GET", path).json["status"] == "requested"


def test_every_matter_of_the_desk_is_closed_to_the_ward() -> None:
    """A kind of matter that access does not know would be everybody's Task."""
    assert set(DESK) == set(Kind)


@pytest.mark.parametrize("id", ["no-such-glass", "", "' OR 1=1"])
def test_a_review_of_nothing_is_refused(record: Record, id: str) -> None:
    with pytest.raises(NotFound):
        record.review_glass(LOCAL, id, "It was fine")
