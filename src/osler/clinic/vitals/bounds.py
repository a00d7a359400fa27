"""Which values cannot be, and which are asked about before they are kept. The bounds are Osler's own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from osler.clinic.vitals.parsing import Measure
from osler.clinic.vitals.ranges import Expected
from osler.clinic.vitals.said import NOTHING, Said
from osler.clinic.vitals.signs import SIGNS, printed
from osler.kit.words import N_


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lowest and highest value that can be, in a unit."""

    low: Decimal
    high: Decimal
    unit: str

    def within(self, value: Decimal) -> bool:
        """Whether a number in this unit can be."""
        return self.low <= value <= self.high


def _between(low: str, high: str, unit: str) -> Bounds:
    return Bounds(Decimal(low), Decimal(high), unit)


_HARD: dict[str, tuple[Bounds, ...]] = {
    "sys": (_between("20", "320", "mm[Hg]"),),
    "dia": (_between("10", "220", "mm[Hg]"),),
    "hr": (_between("10", "350", "/min"),),
    "rr": (_between("1", "150", "/min"),),
    "temp": (_between("32", "43.5", "Cel"), _between("90", "110", "[degF]")),
    "spo2": (_between("20", "100", "%"),),
    "flow": (_between("0.1", "70", "L/min"),),
    "weight": (
        _between("0.2", "500", "kg"),
        _between("0.5", "1100", "[lb_av]"),
        _between("200", "30000", "g"),
    ),
    "height": (_between("20", "260", "cm"), _between("8", "102", "[in_i]")),
    "head": (_between("15", "75", "cm"), _between("6", "30", "[in_i]")),
    "waist": (_between("20", "300", "cm"), _between("8", "118", "[in_i]")),
    "pain": (_between("0", "10", "{score}"),),
}
_SLIPS = (Decimal("0.1"), Decimal(10))
_SHARE = {"weight": Decimal("0.10"), "height": Decimal("0.03"), "head": Decimal("0.06")}
_LEAST = {"weight": Decimal(2), "height": Decimal(3), "head": Decimal(3)}
_OTHER = {"kg": "[lb_av]", "[lb_av]": "kg", "cm": "[in_i]", "[in_i]": "cm"}


def refused(key: str, given: Measure) -> Said:
    """Why a value cannot be, and what was perhaps meant; nothing where it can."""
    bounds = next((one for one in _HARD[key] if one.unit == given.unit), None)
    if bounds is None:
        first = _HARD[key][0]
        bounds, given = first, Measure(given.to(first.unit), first.unit)
    if bounds.within(given.value):
        return NOTHING
    about = {
        "low": written(bounds.low),
        "high": written(bounds.high),
        "unit": printed(bounds.unit),
    }
    slips = () if key == "pain" else _SLIPS
    meant = [given.value * slip for slip in slips if bounds.within(given.value * slip)]
    if meant:
        about["meant"] = written(meant[0])
        return Said(
            N_("Enter a value from %(low)s to %(high)s %(unit)s. Did you mean %(meant)s?"), about
        )
    return Said(N_("Enter a value from %(low)s to %(high)s %(unit)s."), about)


def contrary(systolic: Decimal, diastolic: Decimal) -> Said:
    """Why two pressures do not go together."""
    if systolic > diastolic:
        return NOTHING
    about = {"low": written(systolic), "high": written(diastolic)}
    text = N_("The first number must be the higher one. Did you mean %(high)s/%(low)s?")
    return Said(text, about)


def unusual(key: str, given: Measure, range: Expected | None, unit: str) -> Said:
    """The question about a value that is dangerous or mistyped: what it is of, and what is expected in its own unit.

    A value that is only out of range is marked, and not asked about. `unit` is that of the range.
    """
    if range is None or not range.asked(given.to(unit)):
        return NOTHING
    low, high = (
        None if one is None else _in(one, unit, given.unit) for one in (range.low, range.high)
    )
    about = {
        "what": _NAMES.get(key, "") or SIGNS[key].name,
        "value": written(given.value),
        "unit": printed(given.unit),
        "low": low or "",
        "high": high or "",
    }
    if low and high:
        text = N_(
            "%(what)s: %(value)s %(unit)s is unusual. Expected is %(low)s to %(high)s. Is it right?"
        )
    elif low:
        text = N_(
            "%(what)s: %(value)s %(unit)s is unusual. Expected is %(low)s or more. Is it right?"
        )
    else:
        text = N_(
            "%(what)s: %(value)s %(unit)s is unusual. Expected is up to %(high)s. Is it right?"
        )
    return Said(text, about)


_NAMES = {"sys": N_("Systolic pressure"), "dia": N_("Diastolic pressure")}


def _in(value: Decimal, unit: str, other: str) -> str:
    """An end of a range in the unit that was typed."""
    return written(value if unit == other else _nice(Measure(value, unit).to(other)))


def changed(key: str, given: Measure, before: Measure | None, days: int) -> Said:
    """The question about a large change since the last value, `days` before; nothing where there is none."""
    if before is None or key not in _SHARE:
        return NOTHING
    unit = SIGNS[key].metric
    now, last = given.to(unit), before.to(unit)
    share = _SHARE[key] * (1 + Decimal(max(days, 0)) / 365)
    if abs(now - last) <= max(last * share, _LEAST[key] if last >= 20 else Decimal(0)):
        return NOTHING
    about = {
        "before": f"{written(_nice(before.to(given.unit)))} {printed(given.unit)}",
        "now": f"{written(given.value)} {printed(given.unit)}",
    }
    other = _OTHER.get(given.unit)
    if other and abs(Measure(given.value, other).to(unit) - last) <= last * _SHARE[key]:
        about |= {"unit": printed(given.unit), "other": printed(other)}
        text = N_("It was %(before)s last time, now %(now)s: %(unit)s or %(other)s? Is it right?")
        return Said(text, about)
    return Said(N_("It was %(before)s last time, now %(now)s. Is it right?"), about)


def written(value: Decimal) -> str:
    """A number as it is read: no trailing zeros, no exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _nice(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"))
