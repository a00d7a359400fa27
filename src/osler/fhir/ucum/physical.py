"""Base units, the SI, natural constants and the physicist's other units, as facts of UCUM (https://ucum.org)."""

from __future__ import annotations

TABLE = """
m * 1 -
s * 1 -
g * 1 -
rad * 1 -
K * 1 -
C * 1 -
cd * 1 -

[pi] 3.1415926535897932384626433832795028841971693993751058209749445923 1
% 0.01 1
[ppth] 1e-3 1
[ppm] 1e-6 1
[ppb] 1e-9 1
[pptr] 1e-12 1

mol * 6.02214076e23 1
sr * 1 rad2
Hz * 1 s-1
N * 1 kg.m/s2
Pa * 1 N/m2
J * 1 N.m
W * 1 J/s
A * 1 C/s
V * 1 J/C
F * 1 C/V
Ohm * 1 V/A
S * 1 Ohm-1
Wb * 1 V.s
Cel * 1 K @Cel
T * 1 Wb/m2
H * 1 Wb/A
lm * 1 cd.sr
lx * 1 lm/m2
Bq * 1 s-1
Gy * 1 J/kg
Sv * 1 J/kg

gon 0.9 deg
deg 2 [pi].rad/360
' 1 deg/60
'' 1 '/60
l * 1 dm3
L * 1 l
ar * 100 m2
min 60 s
h 60 min
d 24 h
a_t 365.24219 d
a_j 365.25 d
a_g 365.2425 d
a 1 a_j
wk 7 d
mo_s 29.53059 d
mo_j 1 a_j/12
mo_g 1 a_g/12
mo 1 mo_j
t * 1000 kg
bar * 100000 Pa
u * 1.66053906660e-24 g
eV * 1 [e].V
AU 149597.870691 Mm
pc * 3.085678e16 m

[c] * 299792458 m/s
[h] * 6.62607015e-34 J.s
[k] * 1.380649e-23 J/K
[eps_0] * 8.854187817e-12 F/m
[mu_0] * 4 [pi].10*-7.N/A2
[e] * 1.602176634e-19 C
[m_e] * 9.1093837139e-31 kg
[m_p] * 1.67262192595e-27 kg
[G] * 6.67430e-11 m3.kg-1.s-2
[g] * 9.80665 m/s2
atm 101325 Pa
[ly] * 1 [c].a_j
gf * 1 g.[g]
[lbf_av] 1 [lb_av].[g]

Ky * 1 cm-1
Gal * 1 cm/s2
dyn * 1 g.cm/s2
erg * 1 dyn.cm
P * 1 dyn.s/cm2
Bi * 10 A
St * 1 cm2/s
Mx * 1e-8 Wb
G * 1e-4 T
Oe * 250 /[pi].A/m
Gb * 1 Oe.cm
sb * 1 cd/cm2
Lmb * 1 cd/cm2/[pi]
ph * 1e-4 lx
Ci * 37e9 Bq
R * 2.58e-4 C/kg
RAD * 100 erg/g
REM * 1 RAD

Np * 1 1 @ln
B * 1 1 @lg
B[SPL] * 2 10*-5.Pa @lgTimes2
B[V] * 1 V @lgTimes2
B[mV] * 1 mV @lgTimes2
B[uV] * 1 uV @lgTimes2
B[10.nV] * 10 nV @lgTimes2
B[W] * 1 W @lg
B[kW] * 1 kW @lg

st * 1 m3
Ao 0.1 nm
b 100 fm2
att 1 kgf/cm2
mho * 1 S
[psi] 1 [lbf_av]/[in_i]2
circ 2 [pi].rad
sph 4 [pi].sr
[car_m] 0.2 g
[car_Au] 1 /24
[smoot] 67 [in_i]
[m/s2/Hz^(1/2)] 1 m2/s4/Hz @sqrt
[NTU] 1 1
[FNU] 1 1
bit_s 1 1 @ld
bit * 1 1
By * 8 bit
Bd * 1 /s

[degF] 1 K @degF
[degR] 5/9 K
[degRe] 1 K @degRe
cal_[15] * 4.18580 J
cal_[20] * 4.18190 J
cal_m * 4.19002 J
cal_IT * 4.1868 J
cal_th * 4.184 J
cal * 1 cal_th
[Cal] 1 kcal_th
[Btu_39] 1.05967 kJ
[Btu_59] 1.05480 kJ
[Btu_60] 1.05468 kJ
[Btu_m] 1.05587 kJ
[Btu_IT] 1.05505585262 kJ
[Btu_th] 1.054350 kJ
[Btu] 1 [Btu_th]
[HP] 550 [ft_i].[lbf_av]/s
tex * 1 g/km
[den] 1 g/9/km
"""
"""Each line: code, `*` if it takes prefixes, size, the unit it is measured in (`-`: itself), and its function."""
