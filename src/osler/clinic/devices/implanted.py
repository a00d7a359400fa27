"""The devices in or on a patient: the list, and what a label's identifier makes of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from osler.clinic.background.mistakes import standing
from osler.clinic.chart.words import said, target
from osler.clinic.devices.udi import ISSUERS, Udi
from osler.clinic.lists.items import Chart, Item, notes
from osler.fhir import r4
from osler.kit.words import N_

FDA = "http://hl7.org/fhir/NamingSystem/fda-udi"
STATUSES = {"active": N_("Active"), "inactive": N_("Inactive (explanted or not in use)")}


@dataclass(frozen=True, slots=True)
class Device:
    """One line of the list; dates are FHIR's, empty where they are not recorded."""

    id: str
    version: int
    name: str
    status: str
    maker: str
    model: str
    di: str
    issuer: str
    udi: str
    lot: str
    serial: str
    expires: str
    made: str
    donation: str
    safety: str
    implanted: str
    site: str
    note: str


def read_devices(chart: Chart, most: int) -> list[Device]:
    """Active ones first, newest first; two searches."""
    items = standing(chart.items(r4.Device, most, ("_sort", "-_lastUpdated")))
    used = read_uses(chart, most) if chart.may_search("DeviceUseStatement") else {}
    found = [device(one, used.get(one.id)) for one in items]
    return sorted(found, key=lambda one: one.status != "active")


def read_uses(chart: Chart, most: int) -> dict[str, r4.DeviceUseStatement]:
    """Since when a device is used and where, by the device's id."""
    items: Iterable[Item[r4.DeviceUseStatement]] = standing(
        chart.items(r4.DeviceUseStatement, most, ("_sort", "-_lastUpdated"))
    )
    return {target(one.resource.device)[1]: one.resource for one in reversed(list(items))}


def use_of(chart: Chart, device: str) -> Item[r4.DeviceUseStatement] | None:
    """The statement that says since when one device is used."""
    items = standing(
        chart.items(
            r4.DeviceUseStatement, 1, ("device", f"Device/{device}"), ("_sort", "-_lastUpdated")
        )
    )
    return items[0] if items else None


def device(item: Item[r4.Device], use: r4.DeviceUseStatement | None = None) -> Device:
    """One as the list shows it."""
    one = item.resource
    carrier = (one.udiCarrier or [r4.DeviceUdiCarrier()])[0]
    return Device(
        id=item.id,
        version=item.version,
        name=name(one),
        status=str(one.status or "active"),
        maker=one.manufacturer or "",
        model=one.modelNumber or "",
        di=carrier.deviceIdentifier or "",
        issuer=next((code for code, uri in ISSUERS.items() if uri == carrier.issuer), ""),
        udi=carrier.carrierHRF or "",
        lot=one.lotNumber or "",
        serial=one.serialNumber or "",
        expires=str(one.expirationDate or "")[:10],
        made=str(one.manufactureDate or "")[:10],
        donation=one.distinctIdentifier or "",
        safety="; ".join(map(said, one.safety or [])),
        implanted=since(use),
        site=said(use.bodySite) if use else "",
        note=notes(one),  # type: ignore[arg-type]  # it has notes as the listed types have
    )


def name(one: r4.Device) -> str:
    """What people call a device."""
    called = next((n.name or "" for n in one.deviceName or []), "")
    return called or said(one.type) or one.modelNumber or ""


def since(use: r4.DeviceUseStatement | None) -> str:
    """The day from which it is used."""
    if use is None:
        return ""
    period = use.timingPeriod
    return str(use.timingDateTime or (period.start if period else "") or "")[:10]


def label(one: r4.Device, found: Udi | None, text: str, how: str) -> None:
    """Write the identifier of a label, or its text alone where it could not be read."""
    if not text:
        one.udiCarrier = None
        return
    carrier = (one.udiCarrier or [r4.DeviceUdiCarrier()])[0]
    if carrier.carrierHRF == text and (found is None or carrier.deviceIdentifier == found.di):
        return
    one.udiCarrier = [
        r4.DeviceUdiCarrier(
            deviceIdentifier=found.di if found else None,
            issuer=ISSUERS[found.issuer] if found else None,
            jurisdiction=FDA,
            carrierHRF=text,
            entryType="barcode" if how == "barcode" else "manual",
        )
    ]
