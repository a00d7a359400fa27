"""The form of a device: its label is read first, and shown before anything is saved."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from osler.clinic.chart.words import said
from osler.clinic.devices import implanted
from osler.clinic.devices.udi import Udi
from osler.clinic.devices.udi import read as read_label
from osler.clinic.lists.items import Chart, Item, notes, set_note
from osler.clinic.lists.mistakes import spoil
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.record import Create, Update
from osler.staff.lists.fields import choice, note
from osler.staff.lists.forms import EntryForm, Group
from osler.staff.lists.pages import Looked
from osler.ui.dates import PartialDateField

_READ = ("lot", "serial", "expires", "made", "donation")


class DeviceForm(EntryForm):
    """What a label says, what the device is called, since when it is there."""

    udi = forms.CharField(
        label=_("Identifier on the label (UDI)"),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        help_text=_("Scan the label here, or type it as it is printed."),
    )
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)
    how = forms.CharField(required=False, widget=forms.HiddenInput)
    used = forms.CharField(required=False, widget=forms.HiddenInput)
    unread = forms.BooleanField(
        label=_("Keep this text although it cannot be read"), required=False
    )
    name = forms.CharField(label=_("Device"), max_length=200, required=False)
    status = choice(implanted.STATUSES, _("Status"), required=True)
    maker = forms.CharField(label=_("Manufacturer"), required=False, max_length=200)
    model = forms.CharField(label=_("Version or model"), required=False, max_length=100)
    lot = forms.CharField(label=_("Lot or batch"), required=False, max_length=40)
    serial = forms.CharField(label=_("Serial number"), required=False, max_length=40)
    expires = PartialDateField(label=_("Expires"), required=False)
    made = PartialDateField(label=_("Manufactured"), required=False)
    donation = forms.CharField(
        label=_("Distinct identification code (cells and tissues, HCT/P)"),
        required=False,
        max_length=40,
    )
    implanted = PartialDateField(label=_("Implanted, or used since"), required=False, past=True)
    site = forms.CharField(label=_("Body site"), required=False, max_length=200)
    safety = forms.CharField(
        label=_("MRI safety, latex"),
        required=False,
        max_length=300,
        help_text=_("As its papers say. Osler does not look devices up in GUDID."),
    )
    note = note()
    found: Udi | None = None

    def layout(self) -> list[Group]:
        """The device, what identifies it, where it is; the label has a place of its own."""
        return self.side_by_side(
            "name", "status", "maker model", "lot serial", "expires made", "donation",
            "implanted site", "safety", "note",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A label is read; what it says goes into the fields and is looked at before it is saved."""
        given = super().clean() or {}
        text = str(given.get("udi") or "").strip(" \r\n\t")
        as_it_was = text == str(self.initial.get("udi") or "")
        if text and not as_it_was and not given.get("unread"):
            try:
                self.found = read_label(text, today=clock.today())
            except Invalid as error:
                self.add_error("udi", spoken(error))
                return given
            if given.get("confirmed") != self.found.text:
                self._take_over(self.found)
                self.add_error(None, _("This is what the label says. Look at it, then save."))
                return given
            given["udi"] = self.found.text
        if not given.get("name"):
            self.add_error("name", _("Say what it is, such as “Pacemaker”."))
        return given

    def _take_over(self, found: Udi) -> None:
        """Put what the label says into the fields, as if it had been typed."""
        shown = QueryDict(mutable=True)
        shown.update({key: self.data.get(key) or "" for key in self.data})
        told, before = asdict(found), self._read_before()
        for key in _READ:
            # What another label said goes with it; what somebody has typed and this label does not say stays.
            if told[key] or (before and shown.get(key) == before[key]):
                shown[key] = told[key]
        shown["udi"] = shown["confirmed"] = found.text
        self.data = shown

    def _read_before(self) -> dict[str, Any]:
        """What the label said that was read before this one."""
        text = str(self.data.get("confirmed") or "")
        try:
            return asdict(read_label(text, today=clock.today())) if text else {}
        except Invalid:
            return {}

    @property
    def label(self) -> list[tuple[str, str, bool]]:
        """What was read of the label, for the page: words, value, whether it is a date."""
        if self.found is None:
            return []
        one = self.found
        lines = [
            (_now("Issued by"), one.issuer, False),
            (_now("Device identifier (DI)"), one.di, False),
            (_now("Lot or batch"), one.lot, False),
            (_now("Serial number"), one.serial, False),
            (_now("Manufactured"), one.made, True),
            (_now("Expires"), one.expires, True),
            (_now("Distinct identification code"), one.donation, False),
        ]
        return [line for line in lines if line[1]]

    @classmethod
    def blank(cls, chart: Chart) -> r4.Device:
        """A device of the patient."""
        return r4.Device(status="active", patient=chart.subject)

    @classmethod
    def values(cls, one: r4.Device) -> dict[str, Any]:
        """What the form shows of a device."""
        line = implanted.device(Item(one, 0))
        names = ("udi", "name", "status", "maker", "model", "lot", "serial", "expires", "made")
        shown = {key: getattr(line, key) for key in (*names, "donation", "safety")}
        carrier = (one.udiCarrier or [r4.DeviceUdiCarrier()])[0]
        return shown | {
            "note": notes(one),
            "confirmed": line.udi,
            "unread": bool(line.udi and not line.di),
            "how": carrier.entryType or "",
        }

    def prepare(self) -> None:
        """Since when it is there is kept beside the device."""
        self.uses = []
        id = str(self.initial.get("id") or "")
        if not id or not self.frame.may_read("DeviceUseStatement"):
            return
        self.uses = implanted.uses_of(_chart(self), id)
        if self.use is not None:
            line = implanted.device(Item(r4.Device(id=id), 0), self.use.resource)
            now = {"implanted": line.implanted, "site": line.site}
            self.initial = {**self.initial, **now, "used": str(self.use.version)}

    uses: list[Item[r4.DeviceUseStatement]]

    @property
    def use(self) -> Item[r4.DeviceUseStatement] | None:
        """The statement that says since when it is there, and where."""
        return next(iter(self.uses), None)

    def fill(self, chart: Chart, one: r4.Device, looked: dict[str, Looked]) -> None:  # noqa: ARG002
        """Write it."""
        given = self.cleaned_data
        implanted.label(one, self.found, str(given["udi"]).strip(), given["how"])
        if given["name"] != implanted.name(one):
            one.deviceName = [r4.DeviceDeviceName(name=given["name"], type="user-friendly-name")]
            one.type = r4.CodeableConcept(text=given["name"])
        one.status = given["status"]
        one.manufacturer = given["maker"] or None
        one.modelNumber = given["model"] or None
        one.lotNumber = given["lot"] or None
        one.serialNumber = given["serial"] or None
        one.distinctIdentifier = given["donation"] or None
        was = implanted.device(Item(one, 0))
        if given["expires"] != was.expires:
            one.expirationDate = given["expires"] or None
        if given["made"] != was.made:
            one.manufactureDate = given["made"] or None
        if given["safety"] != was.safety:
            one.safety = [r4.CodeableConcept(text=given["safety"])] if given["safety"] else None
        set_note(one, given["note"])

    def along(self, chart: Chart, reference: str) -> list[Create | Update]:
        """Since when it is used, and where."""
        given = self.cleaned_data
        before = self.use.resource if self.use else None
        if before is None and not (given["implanted"] or given["site"]):
            return []
        made = before or r4.DeviceUseStatement(
            status="active", subject=chart.subject, device=r4.Reference(reference=reference)
        )
        if before is None or given["implanted"] != implanted.since(before):
            made.timingPeriod = made.timingTiming = None
            made.timingDateTime = given["implanted"] or None
        if given["site"] != said(made.bodySite):
            made.bodySite = r4.CodeableConcept(text=given["site"]) if given["site"] else None
        if given["status"] != "unknown":
            made.status = "active" if given["status"] == "active" else "completed"
        if self.use is None:
            return [Create(made, source="typed")]
        self._check_used(self.use)
        return [Chart.changed(self.use)]

    def _check_used(self, use: Item[r4.DeviceUseStatement]) -> None:
        """Raises Invalid, once, where somebody else has changed since when it is used, or where, meanwhile."""
        given, names = self.cleaned_data, ("implanted", "site")
        as_it_is = all(given[name] == self.initial[name] for name in names)
        if as_it_is or given["used"] == str(use.version):
            return
        again = QueryDict(mutable=True)
        again.update({key: self.data.get(key) or "" for key in self.data})
        again["used"] = str(use.version)
        self.data = again
        now = ", ".join(filter(None, (self.initial["implanted"], self.initial["site"])))
        raise Invalid(
            f"Somebody else has changed since when or where it is used; now it says: {now or '–'}."
            " Save again to replace that."
        )

    @classmethod
    def wrong_along(cls, chart: Chart, item: Item[r4.Device], reason: str) -> list[Update]:
        """That it is used is a mistake with it."""
        if not chart.may_search("DeviceUseStatement"):
            return []
        uses = implanted.uses_of(chart, item.id)
        for one in uses:
            spoil(chart, one.resource, reason)
        return [chart.changed(one) for one in uses]


def _chart(form: DeviceForm) -> Chart:
    return Chart(form.frame.record, form.frame.principal, form.frame.id)
