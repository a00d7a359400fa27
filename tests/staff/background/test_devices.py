"""A device's label is read and shown before it is saved; what cannot be read is said, and can be kept."""

from __future__ import annotations

import pytest

from osler.access import LOCAL
from osler.clinic.lists.items import Chart
from osler.fhir import r4
from osler.record import Record
from tests.staff.background.test_entries import UDI, post, who
from tests.staff.people import staff, text

pytestmark = pytest.mark.database


def devices(record: Record) -> list[r4.Device]:
    found = Chart(record, LOCAL, who()).items(r4.Device, 9, ("_sort", "-_lastUpdated"))
    return [one.resource for one in found]


def test_a_scanned_label_is_shown_first_and_then_saved(record: Record) -> None:
    doctor = staff("physician")
    scanned = "01510222222333361114123110A213B1 211234"
    first = post(doctor, "devices/new/", {"udi": scanned, "how": "barcode", "status": "active"})
    assert first.status_code == 422 and devices(record) == []
    page = first.content.decode()
    assert 'name="confirmed" value="(01)51022222233336(11)141231(10)A213B1(21)1234"' in page
    assert 'name="lot" value="A213B1"' in page and 'name="serial" value="1234"' in page
    assert "Read from the label" in text(first)
    again = {"udi": UDI, "confirmed": UDI, "how": "barcode", "name": "Stent", "status": "active",
             "lot": "A213B1", "serial": "1234", "made": "2014-12-31"}  # fmt: skip
    assert post(doctor, "devices/new/", again).status_code == 303
    made = devices(record)[0]
    assert made.udiCarrier is not None
    carrier = made.udiCarrier[0]
    assert carrier.deviceIdentifier == "51022222233336" and carrier.entryType == "barcode"
    assert carrier.carrierHRF == UDI and made.lotNumber == "A213B1"
    assert made.manufactureDate == "2014-12-31"


def test_another_label_is_shown_again_before_it_replaces_the_first(record: Record) -> None:
    doctor = staff("physician")
    other = "(01)10884521062856(10)L7"
    answer = post(
        doctor, "devices/new/", {"udi": other, "confirmed": UDI, "name": "X", "status": "active"}
    )
    assert answer.status_code == 422 and devices(record) == []


def test_a_wrong_check_digit_is_refused_and_the_text_can_be_kept(record: Record) -> None:
    doctor = staff("physician")
    wrong = {"udi": "(01)10884521062857", "name": "Old hip", "status": "active"}
    answer = post(doctor, "devices/new/", wrong)
    assert answer.status_code == 422 and "check digit" in text(answer)
    assert post(doctor, "devices/new/", {**wrong, "unread": "on"}).status_code == 303
    made = devices(record)[0]
    assert made.udiCarrier is not None and made.udiCarrier[0].deviceIdentifier is None
    assert "Label not read" in text(doctor.get(f"/patients/{who()}/devices/"))


def test_tissue_has_its_distinct_code(record: Record) -> None:
    doctor = staff("physician")
    label = "=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123"
    first = post(doctor, "devices/new/", {"udi": label, "status": "active"})
    assert 'name="donation" value="A99971312345600"' in first.content.decode()
    again = {"udi": label, "confirmed": label, "name": "Graft", "status": "active",
             "donation": "A99971312345600"}  # fmt: skip
    assert post(doctor, "devices/new/", again).status_code == 303
    assert devices(record)[0].distinctIdentifier == "A99971312345600"


def test_the_page_says_that_nothing_is_looked_up(record: Record) -> None:
    assert "not looked up" in text(staff("physician").get(f"/patients/{who()}/devices/"))
