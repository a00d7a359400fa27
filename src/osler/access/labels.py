"""Sensitive categories of information and the security labels (`meta.security`) by which they are known.

Codes of https://terminology.hl7.org/CodeSystem-v3-ActCode.html and CodeSystem-v3-Confidentiality.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from osler.kit.words import N_

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
Label = tuple[str | None, str]
"""System (None: any) and code."""


@dataclass(frozen=True, slots=True)
class Category:
    """A sensitive category and its labels."""

    code: str
    name: str
    labels: tuple[Label, ...]


def _acts(*codes: str) -> tuple[Label, ...]:
    return tuple((ACT_CODE, code) for code in codes)


PSYCHOTHERAPY = "psychotherapy"
ADOLESCENT = "adolescent"
VIP = "vip"
CATEGORIES: Mapping[str, Category] = MappingProxyType(
    {
        one.code: one
        for one in (
            Category(PSYCHOTHERAPY, N_("psychotherapy notes"), _acts("PSYTHPN")),
            Category(
                "substance-use",
                N_("treatment of substance use (42 CFR Part 2)"),
                (*_acts("42CFRPart2", "ETH", "SUD", "ETHUD", "OPIOIDUD"), (CONFIDENTIALITY, "ETH")),
            ),
            Category("hiv", N_("HIV and AIDS"), (*_acts("HIV"), (CONFIDENTIALITY, "HIV"))),
            Category(
                "reproductive",
                N_("sexual and reproductive health, sexual and domestic violence"),
                (*_acts("SEX", "STD", "SDV", "MST"), (CONFIDENTIALITY, "SDV")),
            ),
            Category(ADOLESCENT, N_("confidential information of adolescents"), _acts("ADOL")),
            Category(
                "mental-health",
                N_("mental health"),
                (*_acts("MH", "PSY", "BH", "EMOTDIS"), (CONFIDENTIALITY, "PSY")),
            ),
            Category(
                "restricted",
                N_("whatever is marked as restricted"),
                (
                    *((CONFIDENTIALITY, code) for code in ("R", "V", "S", "T")),
                    *_acts("TBOO", "SPI", "PRS", "PHY", "VIO"),
                ),
            ),
            Category(
                VIP,
                N_("people in the public eye, whose chart only those who treat them may open"),
                ((ACT_CODE, "CEL"), (CONFIDENTIALITY, "C"), (CONFIDENTIALITY, "V")),
            ),
        )
    }
)
"""By code. `vip` is known by the labels of the Patient and covers the whole chart; the others by each resource's."""

OF_RESOURCES = tuple(one for one in CATEGORIES.values() if one.code not in {PSYCHOTHERAPY, VIP})
