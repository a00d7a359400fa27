"""How a drug is taken, in words that nobody misreads and in FHIR's parts.

Facts of ISMP's list of error-prone abbreviations (https://www.ismp.org/recommendations/error-prone-abbreviations-list):
"units", "daily" and "every other day" are written out; a zero stands before a point and none trails it;
thousands have commas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from osler.fhir import r4
from osler.kit.errors import Invalid
from osler.kit.words import N_

UCUM = "http://unitsofmeasure.org"


@dataclass(frozen=True, slots=True)
class Unit:
    """What a dose is counted in: one, many, and its UCUM code where it has one."""

    one: str
    many: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often: in words, and so many times in so many units of time; `when` is FHIR's event."""

    text: str
    times: int = 0
    period: Decimal = Decimal(1)
    unit: str = "d"
    when: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """By which way: in words, and the verb of the label."""

    text: str
    verb: str


UNITS = {
    "tablet": Unit("tablet", "tablets"), "capsule": Unit("capsule", "capsules"), "mg": Unit("mg", "mg", "mg"),
    "mcg": Unit("mcg", "mcg", "ug"), "g": Unit("g", "g", "g"), "mL": Unit("mL", "mL", "mL"),
    "units": Unit("unit", "units", "[iU]"), "mEq": Unit("mEq", "mEq", "meq"), "puff": Unit("puff", "puffs"),
    "drop": Unit("drop", "drops", "[drp]"), "spray": Unit("spray", "sprays"), "patch": Unit("patch", "patches"),
    "suppository": Unit("suppository", "suppositories"), "application": Unit("application", "applications"),
    "vial": Unit("vial", "vials"), "packet": Unit("packet", "packets"), "lozenge": Unit("lozenge", "lozenges"),
}  # fmt: skip
FREQUENCIES = {
    "daily": Frequency(N_("daily"), 1),
    "morning": Frequency(N_("every morning"), 1, when="MORN"),
    "evening": Frequency(N_("every evening"), 1, when="EVE"),
    "bedtime": Frequency(N_("at bedtime"), 1, when="HS"),
    "twice": Frequency(N_("2 times a day"), 2),
    "three": Frequency(N_("3 times a day"), 3),
    "four": Frequency(N_("4 times a day"), 4),
    "five": Frequency(N_("5 times a day"), 5),
    "4h": Frequency(N_("every 4 hours"), 1, Decimal(4), "h"),
    "6h": Frequency(N_("every 6 hours"), 1, Decimal(6), "h"),
    "8h": Frequency(N_("every 8 hours"), 1, Decimal(8), "h"),
    "12h": Frequency(N_("every 12 hours"), 1, Decimal(12), "h"),
    "meals": Frequency(N_("with meals"), 3, when="C"),
    "other-day": Frequency(N_("every other day"), 1, Decimal(2)),
    "weekly": Frequency(N_("once a week"), 1, Decimal(1), "wk"),
    "twice-weekly": Frequency(N_("2 times a week"), 2, Decimal(1), "wk"),
    "two-weeks": Frequency(N_("every 2 weeks"), 1, Decimal(2), "wk"),
    "monthly": Frequency(N_("once a month"), 1, Decimal(1), "mo"),
    "three-months": Frequency(N_("every 3 months"), 1, Decimal(3), "mo"),
    "once": Frequency(N_("once"), 0),
    "as-directed": Frequency(N_("as directed"), 0),
}
ROUTES = {
    "oral": Route(N_("by mouth"), N_("Take")),
    "sublingual": Route(N_("under the tongue"), N_("Place")),
    "inhaled": Route(N_("by inhalation"), N_("Inhale")),
    "nasal": Route(N_("into the nose"), N_("Use")),
    "eye": Route(N_("into the eye"), N_("Put")),
    "ear": Route(N_("into the ear"), N_("Put")),
    "skin": Route(N_("on the skin"), N_("Apply")),
    "transdermal": Route(N_("through the skin"), N_("Apply")),
    "subcutaneous": Route(N_("under the skin"), N_("Inject")),
    "intramuscular": Route(N_("into the muscle"), N_("Inject")),
    "intravenous": Route(N_("into the vein"), N_("Give")),
    "rectal": Route(N_("into the rectum"), N_("Insert")),
    "vaginal": Route(N_("into the vagina"), N_("Insert")),
}


@dataclass(frozen=True, slots=True)
class Sig:
    """How it is taken; keys of the tables above, all of them optional. `free` replaces what is built."""

    dose: Decimal | None = None
    unit: str = ""
    route: str = ""
    frequency: str = ""
    as_needed: bool = False
    reason: str = ""
    free: str = ""


def number(value: Decimal) -> str:
    """A number as a label has it: 0.5, 5, 1,000; never .5, 5.0 or 1000."""
    plain = f"{value:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    whole, point, rest = plain.partition(".")
    return f"{int(whole):,}{point}{rest}"


_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")


def dose_of(text: str) -> Decimal | None:
    """The dose that was typed; halves and quarters may be fractions. Raises Invalid."""
    plain = text.strip()
    # A comma is of thousands where it can be nothing else; "0,5" and "1,5" are a half, never five or fifteen.
    plain = plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain.replace(",", ".")
    if not plain:
        return None
    part = re.fullmatch(r"(?:(\d+)\s+)?(\d+)/([1-9]\d*)", plain)
    try:
        if part:
            value = Decimal(part.group(1) or 0) + Decimal(part.group(2)) / Decimal(part.group(3))
        else:
            value = Decimal(plain)
    except InvalidOperation:
        raise Invalid(f"{text[:20]!r} is no dose. Type a number such as 1, 0.5 or 1/2.") from None
    if not value.is_finite() or not Decimal("0.0001") <= value <= 100_000:
        raise Invalid("A dose is more than 0 and at most 100,000.")
    return value.quantize(Decimal("0.0001")).normalize()


def line_of(sig: Sig) -> str:
    """The line that people read, in English; empty where nothing is said."""
    if sig.free.strip():
        return " ".join(sig.free.split())
    unit, route, often = UNITS.get(sig.unit), ROUTES.get(sig.route), FREQUENCIES.get(sig.frequency)
    parts = []
    if sig.dose is not None:
        # One and less than one are one thing: "0.5 tablet".
        counted = "" if unit is None else unit.one if sig.dose <= 1 else unit.many
        parts.append(f"{number(sig.dose)} {counted}".strip())
    parts += [one.text for one in (route, often) if one is not None]
    if sig.as_needed:
        parts.append(
            "as needed" + (f" for {' '.join(sig.reason.split())}" if sig.reason.strip() else "")
        )
    if not parts:
        return ""
    verb = route.verb if route and sig.dose is not None else "Take" if sig.dose is not None else ""
    line = " ".join([verb, *parts] if verb else parts)
    return line[0].upper() + line[1:]


def dosage(sig: Sig) -> r4.Dosage | None:
    """The same as FHIR has it; None where nothing is said."""
    line = line_of(sig)
    if not line:
        return None
    made = r4.Dosage(text=line)
    if sig.free.strip():
        return made
    often, route = FREQUENCIES.get(sig.frequency), ROUTES.get(sig.route)
    if sig.dose is not None:
        made.doseAndRate = [
            r4.DosageDoseAndRate(doseQuantity=_quantity(sig.dose, UNITS.get(sig.unit)))
        ]
    if route is not None:
        coding = r4.Coding(system="urn:osler:route", code=sig.route, display=route.text)
        made.route = r4.CodeableConcept(coding=[coding], text=route.text)
    if often is not None:
        made.timing = _timing(sig.frequency, often)
    if sig.as_needed and sig.reason.strip():
        made.asNeededCodeableConcept = r4.CodeableConcept(text=" ".join(sig.reason.split()))
    elif sig.as_needed:
        made.asNeededBoolean = True
    return made


def _quantity(dose: Decimal, unit: Unit | None) -> r4.Quantity:
    if unit is None:
        return r4.Quantity(value=dose)
    system = UCUM if unit.code else None
    return r4.Quantity(
        value=dose, unit=unit.one if dose <= 1 else unit.many, system=system, code=unit.code or None
    )


def _timing(code: str, often: Frequency) -> r4.Timing:
    coding = r4.Coding(system="urn:osler:frequency", code=code, display=often.text)
    made = r4.Timing(code=r4.CodeableConcept(coding=[coding], text=often.text))
    if often.times:
        made.repeat = r4.TimingRepeat(
            frequency=often.times,
            period=often.period,
            periodUnit=often.unit,  # type: ignore[arg-type]  # of the table above
            when=[often.when] if often.when else None,  # type: ignore[list-item]
        )
    return made


def sig_of(dosage: r4.Dosage | None) -> Sig:
    """What a form shows of a dosage; one that was not built here is shown as its text."""
    if dosage is None:
        return Sig()
    amount = next((one.doseQuantity for one in dosage.doseAndRate or [] if one.doseQuantity), None)
    needed = dosage.asNeededCodeableConcept
    made = Sig(
        dose=amount.value if amount else None,
        unit=next((k for k, u in UNITS.items() if amount and amount.unit in {u.one, u.many}), ""),
        route=_key(dosage.route, "urn:osler:route"),
        frequency=_key(dosage.timing.code if dosage.timing else None, "urn:osler:frequency"),
        as_needed=bool(dosage.asNeededBoolean or needed),
        reason=(needed.text or "") if needed else "",
    )
    return made if line_of(made) == (dosage.text or "") else Sig(free=dosage.text or line_of(made))


def _key(concept: r4.CodeableConcept | None, system: str) -> str:
    codings = (concept.coding if concept else None) or []
    return next((one.code for one in codings if one.system == system and one.code), "")
