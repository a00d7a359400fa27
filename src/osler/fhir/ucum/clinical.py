"""The units of clinics and laboratories, as facts of UCUM (https://ucum.org).

Arbitrary units (`-`) measure only themselves: an international unit of one substance says nothing of another's mass.
"""

from __future__ import annotations

TABLE = """
m[H2O] * 9.80665 kPa
m[Hg] * 133.3220 kPa
[in_i'H2O] 1 m[H2O].[in_i]/m
[in_i'Hg] 1 m[Hg].[in_i]/m
[PRU] 1 mm[Hg].s/ml
[wood'U] 1 mm[Hg].min/L
[diop] 1 /m
[p'diop] 1 rad @100tan
%[slope] 1 rad @100tan
[mesh_i] 1 /[in_i]
[Ch] 1/3 mm
[drp] 1/20 ml
[hnsf'U] 1 1
[MET] 3.5 mL/min/kg

eq * 1 mol
osm * 1 mol
[pH] 1 mol/l @pH
g% * 1 g/dl
[S] 1 10*-13.s
[HPF] 1 1
[LPF] 100 1
kat * 1 mol/s
U * 1 umol/min

[hp'_X] 1 1 @hpX
[hp'_C] 1 1 @hpC
[hp'_M] 1 1 @hpM
[hp'_Q] 1 1 @hpQ
[hp_X] 1 -
[hp_C] 1 -
[hp_M] 1 -
[hp_Q] 1 -
[kp_X] 1 -
[kp_C] 1 -
[kp_M] 1 -
[kp_Q] 1 -

[iU] * 1 -
[IU] * 1 [iU]
[arb'U] 1 -
[USP'U] 1 -
[GPL'U] 1 -
[MPL'U] 1 -
[APL'U] 1 -
[beth'U] 1 -
[anti'Xa'U] 1 -
[todd'U] 1 -
[dye'U] 1 -
[smgy'U] 1 -
[bdsk'U] 1 -
[ka'U] 1 -
[knk'U] 1 -
[mclg'U] 1 -
[tb'U] 1 -
[CCID_50] 1 -
[TCID_50] 1 -
[EID_50] 1 -
[PFU] 1 -
[FFU] 1 -
[CFU] 1 -
[IR] 1 -
[BAU] 1 -
[AU] 1 -
[Amb'a'1'U] 1 -
[PNU] 1 -
[Lf] 1 -
[D'ag'U] 1 -
[FEU] 1 -
[ELU] 1 -
[EU] 1 -
"""
"""Each line: code, `*` if it takes prefixes, size, the unit it is measured in (`-`: itself), and its function."""
