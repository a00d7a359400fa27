"""States of the United States and the first three digits of their ZIP codes, by the Postal Service's areas.

Facts: Publication 65 and the list L002 of three-digit ZIP code prefixes, United States Postal Service.
"""

from __future__ import annotations

_AREAS = """
AL 350-369;AK 995-999;AZ 850-865;AR 716-729;CA 900-961;CO 800-816;CT 060-069;DE 197-199
DC 200-205 569;FL 320-349;GA 300-319 398-399;HI 967-968;ID 832-838;IL 600-629;IN 460-479
IA 500-528;KS 660-679;KY 400-427;LA 700-714;ME 039-049;MD 206-219;MA 010-027 055;MI 480-499
MN 550-567;MS 386-397;MO 630-658;MT 590-599;NE 680-693;NV 889-898;NH 030-038;NJ 070-089
NM 870-884;NY 005 063 100-149;NC 270-289;ND 580-588;OH 430-459;OK 730-749;OR 970-979
PA 150-196;PR 006-007 009;RI 028-029;SC 290-299;SD 570-577;TN 370-385;TX 733 750-799 885
UT 840-847;VT 050-054 056-059;VA 201 220-246;VI 008;WA 980-994;WV 247-268;WI 530-549
WY 820-831;AS 967;GU 969;MP 969;AA 340;AE 090-098;AP 962-966
"""


def _table() -> dict[str, frozenset[int]]:
    found = {}
    for line in _AREAS.strip().split("\n"):
        for one in line.split(";"):
            state, *ranges = one.split()
            ends = [(part.split("-")[0], part.split("-")[-1]) for part in ranges]
            found[state] = frozenset(
                n for low, high in ends for n in range(int(low), int(high) + 1)
            )
    return found


PREFIXES = _table()
STATES = tuple(sorted(PREFIXES))


def fits(state: str, code: str) -> bool:
    """Whether a ZIP code may lie in a state; what is no state of the list fits any."""
    area = PREFIXES.get(state.upper())
    return area is None or int(code[:3]) in area
