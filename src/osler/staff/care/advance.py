"""The forms of advance directives: code status, documents, and who speaks for the patient."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from osler.clinic.care import directives
from osler.clinic.chart.words import code_of, said
from osler.clinic.lists.items import Chart, Item, concept
from osler.clinic.practice import human_name
from osler.fhir import r4
from osler.kit import clock
from osler.record import Create, Update
from osler.staff.lists.fields import choice, in_order
from osler.staff.lists.forms import EntryForm, Group
from osler.staff.lists.pages import Looked
from osler.ui.dates import PartialDateField

_DOCUMENT = {"current": _("In force"), "superseded": _("Replaced or withdrawn")}
_STANDING = {"active": _("In force"), "inactive": _("Not in force")}


class CodeStatusForm(EntryForm):
    """How far somebody wants to be treated, who talked about it, and why. A new one ends the one before."""

    code = choice(directives.STATUSES, _("Code status"), empty=_("Choose"), required=True)
    detail = forms.CharField(
        label=_("Details"), required=False, max_length=120, help_text=_("Shown in the banner too")
    )
    since = PartialDateField(label=_("Discussed on"), past=True)
    status = forms.ChoiceField(label=_("State"), choices=list(_STANDING.items()))
    discussed = forms.CharField(label=_("Discussed with"), max_length=300)
    reason = forms.CharField(
        label=_("Reason, and what was said"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def layout(self) -> list[Group]:
        """When and state beside each other."""
        return self.side_by_side("code detail", "since status", "discussed", "reason")

    @classmethod
    def blank(cls, chart: Chart) -> r4.Flag:
        """A code status of today."""
        return directives.blank_status(chart)

    @classmethod
    def values(cls, one: r4.Flag) -> dict[str, Any]:
        """What the form shows of a code status."""
        line = directives.code_status(Item(one, 0))
        code = code_of(one.code, directives.CODES)
        detail = line.text
        if code in directives.STATUSES:
            detail = detail.removeprefix(directives.STATUSES[code]).removeprefix(": ")
        return {
            "code": code,
            "detail": detail,
            "since": line.since,
            "status": "active" if line.active else "inactive",
            "discussed": line.discussed,
            "reason": line.reason,
        }

    def fill(self, chart: Chart, one: r4.Flag, looked: dict[str, Looked]) -> None:  # noqa: ARG002
        """Write it; its words are what the banner says."""
        given = self.cleaned_data
        words = directives.STATUSES[given["code"]]
        text = f"{words}: {given['detail']}" if given["detail"] else words
        one.code = concept(directives.CODES, given["code"], words, text)
        one.status = given["status"]
        end = clock.today().isoformat() if given["status"] == "inactive" else None
        before = one.period.end if one.period else None
        one.period = r4.Period(start=given["since"], end=(before or end) if end else None)
        directives.put(one, directives.DISCUSSED, given["discussed"])
        directives.put(one, directives.REASON, given["reason"])

    def along(self, chart: Chart, reference: str) -> list[Create | Update]:
        """Others that are in force end, so that the banner says one thing."""
        return [
            *(
                directives.replaced(chart, reference)
                if self.cleaned_data["status"] == "active"
                else []
            )
        ]

    @classmethod
    def wrong_along(cls, chart: Chart, item: Item[r4.Flag], reason: str) -> list[Update]:  # noqa: ARG003
        """What it ended is in force again: a mistake must not leave the chart without a code status."""
        return directives.revived(chart, f"Flag/{item.id}")


class DocumentForm(EntryForm):
    """A document: what it is, of when, and where its paper is."""

    kind = choice(directives.KINDS, _("Document"), empty=_("Choose"), required=True)
    date = PartialDateField(label=_("Signed on"), required=False, past=True)
    status = forms.ChoiceField(label=_("State"), choices=list(_DOCUMENT.items()))
    place = forms.CharField(
        label=_("Where it is kept"),
        max_length=300,
        help_text=_("Such as: scanned under Documents, with the daughter, at the county registry"),
    )
    text = forms.CharField(
        label=_("What it says"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def layout(self) -> list[Group]:
        """Date and state beside each other."""
        return self.side_by_side("kind", "date status", "place", "text")

    @classmethod
    def blank(cls, chart: Chart) -> r4.DocumentReference:
        """A document in force."""
        return directives.blank_document(chart)

    @classmethod
    def values(cls, one: r4.DocumentReference) -> dict[str, Any]:
        """What the form shows of a document."""
        line = directives.directive(Item(one, 0))
        return {
            "kind": code_of(one.type, directives.LOINC),
            "date": line.signed,
            "status": line.status or "current",
            "place": line.place,
            "text": line.text,
        }

    def fill(self, chart: Chart, one: r4.DocumentReference, looked: dict[str, Looked]) -> None:  # noqa: ARG002
        """Write it."""
        given = self.cleaned_data
        if given["kind"] != code_of(one.type, directives.LOINC):
            words = directives.KINDS[given["kind"]]
            one.type = concept(directives.LOINC, given["kind"], words)
        one.status = given["status"]
        one.description = given["text"] or None
        one.content[0].attachment.title = given["place"]
        if given["date"] != directives.directive(Item(one, 0)).signed:
            context = one.context or r4.DocumentReferenceContext()
            context.period = r4.Period(start=given["date"]) if given["date"] else None
            one.context = context


class AgentForm(EntryForm):
    """Who speaks for the patient."""

    name = forms.CharField(label=_("Name"), max_length=200)
    kind = choice(directives.AGENTS, _("As what"), required=True)
    relation = forms.CharField(
        label=_("Related how"), required=False, max_length=100, help_text=_("Daughter, friend …")
    )
    phone = forms.CharField(label=_("Telephone"), required=False, max_length=40)
    start = PartialDateField(label=_("From"), required=False)
    end = PartialDateField(label=_("To"), required=False)

    def layout(self) -> list[Group]:
        """Name and kind, then how to reach them."""
        return self.side_by_side("name", "kind relation", "phone", "start end")

    def clean(self) -> dict[str, Any]:
        """Nobody stops speaking for somebody before they begin."""
        given = super().clean() or {}
        in_order(self, given, "start", "end")
        return given

    @classmethod
    def blank(cls, chart: Chart) -> r4.RelatedPerson:
        """Somebody who speaks for the patient."""
        return r4.RelatedPerson(active=True, patient=chart.subject)

    @classmethod
    def values(cls, one: r4.RelatedPerson) -> dict[str, Any]:
        """What the form shows of somebody."""
        line = directives.agent(Item(one, 0))
        shown = {key: getattr(line, key) for key in ("name", "kind", "phone", "start", "end")}
        return shown | {"relation": _relation(one)}

    def fill(self, chart: Chart, one: r4.RelatedPerson, looked: dict[str, Looked]) -> None:  # noqa: ARG002
        """Write it."""
        given = self.cleaned_data
        before = self.values(one) if one.name else {}
        if given["name"] != before.get("name"):
            one.name = [human_name(given["name"]), *(one.name or [])[1:]]
        kind, relation = given["kind"], given["relation"]
        if (kind, relation) != (before.get("kind"), before.get("relation")):
            coded = concept(directives.ROLES, kind, directives.AGENTS[kind])
            also = [r4.CodeableConcept(text=relation)] if relation else []
            one.relationship = [coded, *also]
        if given["phone"] != before.get("phone"):
            first = next((t for t in one.telecom or [] if t.system == "phone"), None)
            others = [t for t in one.telecom or [] if t is not first]
            said_now = (
                [r4.ContactPoint(system="phone", value=given["phone"])] if given["phone"] else []
            )
            one.telecom = [*said_now, *others] or None
        start, end = given["start"], given["end"]
        if (start, end) != (before.get("start", ""), before.get("end", "")):
            one.period = r4.Period(start=start or None, end=end or None) if start or end else None


def _relation(one: r4.RelatedPerson) -> str:
    agents = set(directives.AGENTS)
    others = (
        kind for kind in one.relationship or [] if code_of(kind, directives.ROLES) not in agents
    )
    return next(map(said, others), "")
