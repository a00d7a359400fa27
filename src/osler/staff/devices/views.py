"""Devices: the list of what is active and of what was, and one of them."""

from __future__ import annotations

from django.http import HttpResponse

from osler.clinic.devices import implanted
from osler.fhir import r4
from osler.kit.words import N_
from osler.staff.chart.frame import ChartAsked, Frame, chart_page
from osler.staff.devices.forms import DeviceForm
from osler.staff.lists.entries import Entry
from osler.staff.lists.pages import chart_of, listed, most

DEVICES = Entry(
    kind=r4.Device,
    section="devices",
    name="device",
    form=DeviceForm,
    title=implanted.name,
    heading=N_("Add a device"),
    added=N_("Device added"),
    changed=N_("Device changed"),
    initial={"status": "active"},
    template="staff/devices/form.html",
)


@chart_page("devices")
def devices(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Active devices, then those that are not any more."""
    found, more = implanted.read_devices(chart_of(frame), most(request))
    here = [one for one in found if one.present]
    gone = [one for one in found if not one.present]
    return listed(
        request, frame, "Device", "staff/devices/list.html", more, active=here, others=gone
    )
