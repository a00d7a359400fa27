"""The devices in or on a patient: the list, and what a label's identifier makes of one."""

from __future__ import annotations

from dataclasses import dataclass

from osler.clinic.chart.words import said, target
from osler.clinic.devices.udi import ISSUERS, Udi
from osler.clinic.lists.items import Chart, Item, remarks
from osler.clinic.lists.mistakes import held
from osler.fhir import r4
from osler.kit import clock
from osler.kit.words import N_

_USES = 20
FDA = "http://hl7.org/fhir/NamingSystem/fda-udi"
STATUSES = {
    "active": N_("Active"),
    "inactive": N_("Inactive (explanted or not in use)"),
    "unknown": N_("Not known whether it is in use"),
}


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

    @property
    def present(self) -> bool:
        """Whether it may be in or on the patient: also where nobody knows."""
        return self.status != "inactive"


def read_devices(chart: Chart, most: int) -> tuple[list[Device], bool]:
    """Those in use first, then newest first, and whether there are older ones; two searches."""
    items, more = held(chart, r4.Device, most, ("_sort", "-_lastUpdated"))
    used = read_uses(chart, most) if chart.may_search("DeviceUseStatement") else {}
    found = [device(one, used.get(one.id)) for one in items]
    return sorted(found, key=lambda one: not one.present), more


def read_uses(chart: Chart, most: int) -> dict[str, r4.DeviceUseStatement]:
    """Since when a device is used and where, by the device's id."""
    items, _more = held(chart, r4.DeviceUseStatement, most, ("_sort", "-_lastUpdated"))
    return {target(one.resource.device)[1]: one.resource for one in reversed(items)}


def uses_of(chart: Chart, device: str) -> list[Item[r4.DeviceUseStatement]]:
    """The statements that say since when one device is used, newest first."""
    pairs = ("device", f"Device/{device}"), ("_sort", "-_lastUpdated")
    return held(chart, r4.DeviceUseStatement, _USES, *pairs)[0]


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
        expires=clock.day_of(str(one.expirationDate or "")),
        made=clock.day_of(str(one.manufactureDate or "")),
        donation=one.distinctIdentifier or "",
        safety="; ".join(map(said, one.safety or [])),
        implanted=since(use),
        site=said(use.bodySite) if use else "",
        note=remarks(one),
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
    return clock.day_of(str(use.timingDateTime or (period.start if period else "") or ""))


def label(one: r4.Device, found: Udi | None, text: str, how: str) -> None:
    """Write the identifier of a label, or its text alone where it could not be read."""
    first, *others = one.udiCarrier or [r4.DeviceUdiCarrier()]
    if text == (first.carrierHRF or ""):
        return  # Also where a label is known by its identifier alone.
    if not text:
        one.udiCarrier = others or None
        return
    one.udiCarrier = [
        r4.DeviceUdiCarrier(
            deviceIdentifier=found.di if found else None,
            issuer=ISSUERS[found.issuer] if found else None,
            jurisdiction=FDA,
            carrierHRF=text,
            entryType="barcode" if how == "barcode" else "manual",
        ),
        *others,
    ]
