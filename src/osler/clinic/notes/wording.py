"""Values of the record in the words of a note."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from osler.fhir import r4
from osler.kit import clock

_UNITS = {
    "mm[Hg]": "mmHg", "Cel": "°C", "[degF]": "°F", "/min": "/min", "[in_i]": "in", "[lb_av]": "lb",
    "kg/m2": "kg/m²", "{score}": "",
}  # fmt: skip
_MARKS = {"HH": " ↑↑ HH", "H": " ↑ H", "LL": " ↓↓ LL", "L": " ↓ L", "A": " A", "AA": " AA"}
_SYSTOLIC, _DIASTOLIC = "8480-6", "8462-4"
_CLOSED = frozenset({"entered-in-error", "cancelled"})


def concept(one: r4.CodeableConcept | None, missing: str = "Not named") -> str:
    """What a concept is called."""
    if one is None:
        return missing
    if one.text:
        return one.text
    names = [coding.display or coding.code for coding in one.coding or ()]
    return next((name for name in names if name), missing)


def has(one: r4.CodeableConcept | None, *codes: str) -> bool:
    """Whether a concept has one of these codes."""
    return one is not None and any(coding.code in codes for coding in one.coding or ())


def day(text: str | None) -> str:
    """The day of a FHIR date where the practice is, its month in letters; partial ones as far as they go."""
    if not text:
        return ""
    known = clock.day_of(text)
    try:
        whole = date.fromisoformat(known)
    except ValueError:
        return known[:10]
    return f"{whole:%b} {whole.day}, {whole.year}"


def number(value: Decimal) -> str:
    """Without zeros at the end, with one in front."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(one: r4.Quantity) -> str:
    """A quantity with its unit; what is measured at home in other units has both."""
    if one.value is None:
        return ""
    unit = _UNITS.get(one.code or "", one.unit or one.code or "")
    return f"{one.comparator or ''}{number(one.value)} {unit}".strip() + _also(one.code, one.value)


def _also(code: str | None, value: Decimal) -> str:
    match code:
        case "kg":
            return f" ({_rounded(value / Decimal('0.45359237'))} lb)"
        case "Cel":
            return f" ({_rounded(value * 9 / 5 + 32, '0.1')} °F)"
        case "cm":
            return f" ({_rounded(value / Decimal('2.54'), '0.1')} in)"
        case _:
            return ""


def _rounded(value: Decimal, to: str = "1") -> str:
    return number(value.quantize(Decimal(to), ROUND_HALF_UP))


def value(one: r4.Observation) -> str:
    """What was found, with its mark where it is out of range; empty where there is no value."""
    return (_value(one) + _mark(one)).strip()


def _value(one: r4.Observation) -> str:
    parts = {coding.code: part for part in one.component or () for coding in part.code.coding or ()}
    if _SYSTOLIC in parts and _DIASTOLIC in parts:
        high, low = parts[_SYSTOLIC].valueQuantity, parts[_DIASTOLIC].valueQuantity
        if high and low and high.value is not None and low.value is not None:
            return f"{number(high.value)}/{number(low.value)} mmHg"
    if one.valueQuantity:
        return quantity(one.valueQuantity)
    if one.valueCodeableConcept:
        return concept(one.valueCodeableConcept, "")
    if one.valueString:
        return one.valueString
    if one.valueInteger is not None:
        return str(one.valueInteger)
    return _rare(one) or _components(one) or concept(one.dataAbsentReason, "")


def _rare(one: r4.Observation) -> str:
    """Values of the kinds that laboratories send now and then: titers, ranges, yes and no, times."""
    if one.valueBoolean is not None:
        return "yes" if one.valueBoolean else "no"
    if one.valueRatio:
        sides = [
            quantity(side)
            for side in (one.valueRatio.numerator, one.valueRatio.denominator)
            if side
        ]
        return ":".join(sides)
    if one.valueRange:
        ends = [quantity(end) for end in (one.valueRange.low, one.valueRange.high) if end]
        return " to ".join(ends)
    if one.valuePeriod:
        ends_ = [day(end) for end in (one.valuePeriod.start, one.valuePeriod.end) if end]
        return " to ".join(ends_)
    return day(one.valueDateTime) if one.valueDateTime else one.valueTime or ""


def _components(one: r4.Observation) -> str:
    """What a value of several parts says, each by its name."""
    found = []
    for part in one.component or ():
        said = quantity(part.valueQuantity) if part.valueQuantity else part.valueString or ""
        said = said or concept(part.valueCodeableConcept, "")
        if said:
            found.append(f"{concept(part.code)} {said}")
    return "; ".join(found)


def _mark(one: r4.Observation) -> str:
    codes = [c.code for each in one.interpretation or () for c in each.coding or ()]
    return next((_MARKS[code] for code in codes if code in _MARKS), "")


def critical(one: r4.Observation) -> bool:
    """Whether a value is marked as one that cannot wait."""
    return any(has(each, "HH", "LL", "AA") for each in one.interpretation or ())


def bounds(one: r4.Observation) -> str:
    """The reference range."""
    for each in one.referenceRange or ():
        if each.text:
            return each.text
        low, high = each.low, each.high
        if low and high and low.value is not None and high.value is not None:
            return f"{number(low.value)} to {quantity(high)}"
        if high and high.value is not None:
            return f"up to {quantity(high)}"
        if low and low.value is not None:
            return f"from {quantity(low)}"
    return ""


def dose(one: r4.MedicationRequest | r4.MedicationStatement) -> str:
    """How a medication is taken."""
    given = one.dosageInstruction if isinstance(one, r4.MedicationRequest) else one.dosage
    return "; ".join(
        filter(None, (each.text or each.patientInstruction or _taken(each) for each in given or ()))
    )


def _taken(one: r4.Dosage) -> str:
    """A dosage that is coded only, in words."""
    rates = [each.doseQuantity for each in one.doseAndRate or () if each.doseQuantity]
    repeat = one.timing.repeat if one.timing else None
    often = concept(one.timing.code, "") if one.timing else ""
    if not often and repeat and repeat.frequency and repeat.period is not None:
        often = (
            f"{repeat.frequency} x per {number(repeat.period)} {repeat.periodUnit or ''}".strip()
        )
    needed = "as needed" if one.asNeededBoolean or one.asNeededCodeableConcept else ""
    parts = [*map(quantity, rates), concept(one.route, ""), often, needed]
    return ", ".join(part for part in parts if part)


def medication(one: r4.MedicationRequest | r4.MedicationStatement) -> str:
    """What a medication is called."""
    if one.medicationCodeableConcept:
        return concept(one.medicationCodeableConcept)
    found = one.medicationReference
    inside = [
        each
        for each in one.contained or ()
        if isinstance(each, r4.Medication) and found and found.reference == f"#{each.id}"
    ]
    named = next((concept(each.code, "") for each in inside), "")
    return (found.display if found else None) or named or "Medication that is not named here"


def reaction(one: r4.AllergyIntolerance) -> str:
    """What happens, and how badly."""
    found = [
        ", ".join(concept(each) for each in one_.manifestation or ())
        + (f" ({one_.severity})" if one_.severity else "")
        for one_ in one.reaction or ()
    ]
    return "; ".join(text for text in found if text)


def fact(resource: object) -> str:
    """A resource in a few words, as a chip in the text."""
    match resource:
        case r4.Observation():
            return value(resource) or concept(resource.code)
        case r4.Condition() | r4.AllergyIntolerance() | r4.Procedure():
            return concept(resource.code)
        case r4.MedicationRequest() | r4.MedicationStatement():
            return " ".join(part for part in (medication(resource), dose(resource)) if part)
        case r4.Immunization():
            return concept(resource.vaccineCode)
        case r4.DiagnosticReport():
            return resource.conclusion or concept(resource.code)
        case _:
            return ""


def counts(resource: object) -> bool:
    """Whether it holds: what was marked as entered in error does not."""
    status = getattr(resource, "status", None)
    return status not in _CLOSED and not has(
        getattr(resource, "verificationStatus", None), "entered-in-error", "refuted"
    )
