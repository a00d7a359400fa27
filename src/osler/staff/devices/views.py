"""Devices: the list of what is active and of what was, and one of them."""

from __future__ import annotations

from django.http import HttpResponse

from osler.clinic.devices import implanted
from osler.clinic.lists.items import Chart
from osler.fhir import r4
from osler.kit.words import N_
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.devices.forms import DeviceForm
from osler.staff.lists.entries import Entry
from osler.staff.lists.pages import chart_of, most


def _blank(chart: Chart) -> r4.Device:
    return r4.Device(status="active", patient=chart.subject)


DEVICES = Entry(
    kind=r4.Device,
    section="devices",
    name="device",
    form=DeviceForm,
    blank=_blank,
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
    found = implanted.read_devices(chart_of(frame), most(request))
    about = {
        "active": [one for one in found if one.status == "active"],
        "others": [one for one in found if one.status != "active"],
        "may": frame.writes["Device"],
        "readable": frame.reads["Device"],
        "more": most(request) * 2 if len(found) >= most(request) else 0,
    }
    return render_chart(request, frame, "staff/devices/list.html", about)
