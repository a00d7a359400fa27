"""Placeholders of letters become what the record says now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from osler.clinic.letters.templates import PLACEHOLDER
from osler.clinic.lists.items import Chart
from osler.clinic.notes import live, wording
from osler.clinic.notes.asking import by_ids, search
from osler.clinic.notes.blocks import PARTLY
from osler.clinic.notes.signing import Desk, signer_name
from osler.clinic.notes.tree import Block, Fact
from osler.clinic.printing import letterhead
from osler.clinic.printing.heads import long_day
from osler.clinic.relations import patient_name
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock

NONE = "*** (not recorded)"
_BLOCKS = ("problems", "medications", "allergies", "immunizations", "vitals", "results")
_REPORTS = 12
_SEEN = "arrived,triaged,in-progress,onleave,finished"
_WHOLE = {"vitals": 60, "results": 20}
"""So many lines of a block are all that it ever has; there may be more in the chart."""


def reports(chart: Chart) -> list[tuple[str, str]]:
    """(id, words) of the newest results that a letter can be about."""
    pairs = (("patient", _ref(chart)), ("_sort", "-date"), ("_count", str(_REPORTS)))
    found = search(chart.record, chart.principal, r4.DiagnosticReport, *pairs)
    return [
        (
            one.id or "",
            f"{wording.concept(one.code)}, {wording.day(one.effectiveDateTime or one.issued)}",
        )
        for _ref, one in found
        if wording.counts(one)
    ]


def _ref(chart: Chart) -> str:
    return f"Patient/{chart.patient}"


def filled(chart: Chart, patient: r4.Patient, text: str, chosen: Sequence[str] = ()) -> str:
    """A text with its placeholders filled in; what the record does not have is left to be typed (***)."""
    wanted = set(PLACEHOLDER.findall(text))
    values = _values(chart, patient, wanted)
    if wanted.intersection(_BLOCKS):
        blocks = live.now(chart.record, chart.principal, chart.patient).blocks
        values |= {
            name: _lines(name, blocks[name])
            for name in _BLOCKS
            if name in wanted and name in blocks
        }
    if chosen and "results" in wanted:
        values["results"] = _chosen(chart, chosen) or values.get("results", NONE)
    # What no placeholder means any more is left to be typed: it must not go out as it stands.
    return PLACEHOLDER.sub(lambda found: values.get(found[1], f"*** ({found[1]})"), text)


def _values(chart: Chart, patient: r4.Patient, wanted: set[str]) -> dict[str, str]:
    makers: Mapping[str, Callable[[], str]] = {
        "today": lambda: long_day(clock.today().isoformat()),
        "patient": lambda: patient_name(patient),
        "first-name": lambda: _first(patient),
        "birth-date": lambda: long_day(patient.birthDate) if patient.birthDate else "",
        "age": lambda: _age(patient.birthDate),
        "sex": lambda: patient.gender or "",
        "mrn": lambda: next(
            (i.value or "" for i in patient.identifier or () if i.use == "usual"), ""
        ),
        "patient-address": lambda: _address(patient),
        "practice": lambda: letterhead(chart.record, chart.principal).name,
        "clinician": lambda: signer_name(Desk(chart.record, chart.principal, chart.patient)),
        "visit-date": lambda: _visit(chart),
    }
    return {name: makers[name]() or NONE for name in wanted if name in makers}


def _first(patient: r4.Patient) -> str:
    names = sorted(patient.name or [], key=lambda one: one.use not in {"usual", "official"})
    return next((one.given[0] or "" for one in names if one.given), "")


def _age(born: str | None) -> str:
    try:
        day = date.fromisoformat(born or "")
    except ValueError:
        return ""
    now = clock.today()
    return str(now.year - day.year - ((now.month, now.day) < (day.month, day.day)))


def _address(patient: r4.Patient) -> str:
    one = next(iter(patient.address or ()), None)
    if one is None:
        return ""
    city = " ".join(filter(None, (one.state, one.postalCode)))
    lines = [*(one.line or ()), ", ".join(filter(None, (one.city, city)))]
    return "\n".join(line for line in lines if line) or one.text or ""


def _visit(chart: Chart) -> str:
    pairs = (("patient", _ref(chart)), ("status", _SEEN), ("_sort", "-date"), ("_count", "5"))
    found = search(chart.record, chart.principal, r4.Encounter, *pairs)
    starts = (one.period.start for _name, one in found if one.period)
    return next((wording.day(start) for start in starts if start), "")


def _lines(name: str, block: Block) -> str:
    """A block of live data as a list; where that may not be all of it, it is left to be completed (***)."""
    partly = [f"- *** ({PARTLY})"] if PARTLY in block.title else []
    if not block.rows:
        return "\n".join(partly) or f"- {block.title.partition(': ')[2] or 'None recorded'}"
    rows = ((_cell(runs) for runs in row) for row in block.rows)
    lines = ["- " + ", ".join(cell for cell in row if cell not in {"", "-"}) for row in rows]
    if len(lines) >= _WHOLE.get(name, 60):
        partly.append("- *** (the list is longer: this is not all of it)")
    return "\n".join(lines + partly)


def _cell(runs: Sequence[object]) -> str:
    return "".join(
        run.text if isinstance(run, Fact) else str(getattr(run, "text", "")) for run in runs
    )


def _chosen(chart: Chart, ids: Sequence[str]) -> str:
    """The values of the chosen results, those of other patients left out."""
    lines: list[str] = []
    versions = by_ids(chart.record, chart.principal, "DiagnosticReport", ids, _ref(chart))
    for version in versions:
        report = decode(version.content)
        assert isinstance(report, r4.DiagnosticReport)
        if wording.counts(report):
            lines += _of_report(chart, report)
    return "\n".join(lines)


def _of_report(chart: Chart, report: r4.DiagnosticReport) -> Iterator[str]:
    """The values of a report in its own order; of what is not there, or not to be seen, a hole."""
    name = wording.concept(report.code)
    when = wording.day(report.effectiveDateTime or report.issued)
    state = "" if report.status == "final" else f" ({report.status})"
    ids = [(ref.reference or "").rpartition("/")[2] for ref in report.result or ()]
    versions = by_ids(chart.record, chart.principal, "Observation", ids, _ref(chart))
    known = {one.id: decode(one.content) for one in versions}
    for id in ids:
        found = known.get(id)
        if not isinstance(found, r4.Observation):
            yield f"- *** ({name}, {when}: a value cannot be shown to you)"
        elif wording.counts(found):
            usual = wording.bounds(found)
            about = f" (usual: {usual})" if usual else ""
            value = wording.value(found) or "*** (no value)"
            yield f"- {wording.concept(found.code)}: {value}{about}, {when}{state}"
    if report.conclusion:
        yield f"- {name}, {when}{state}: {report.conclusion}"
