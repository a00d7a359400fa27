"""Inches, pounds, pints and their kin, as facts of UCUM (https://ucum.org)."""

from __future__ import annotations

TABLE = """
[in_i] 2.54 cm
[ft_i] 12 [in_i]
[yd_i] 3 [ft_i]
[mi_i] 5280 [ft_i]
[fth_i] 6 [ft_i]
[nmi_i] 1852 m
[kn_i] 1 [nmi_i]/h
[sin_i] 1 [in_i]2
[sft_i] 1 [ft_i]2
[syd_i] 1 [yd_i]2
[cin_i] 1 [in_i]3
[cft_i] 1 [ft_i]3
[cyd_i] 1 [yd_i]3
[bf_i] 144 [in_i]3
[cr_i] 128 [ft_i]3
[mil_i] 1e-3 [in_i]
[cml_i] 1/4 [pi].[mil_i]2
[hd_i] 4 [in_i]

[ft_us] 1200/3937 m
[yd_us] 3 [ft_us]
[in_us] 1/12 [ft_us]
[rd_us] 16.5 [ft_us]
[ch_us] 4 [rd_us]
[lk_us] 1/100 [ch_us]
[rch_us] 100 [ft_us]
[rlk_us] 1/100 [rch_us]
[fth_us] 6 [ft_us]
[fur_us] 40 [rd_us]
[mi_us] 8 [fur_us]
[acr_us] 160 [rd_us]2
[srd_us] 1 [rd_us]2
[smi_us] 1 [mi_us]2
[sct] 1 [mi_us]2
[twp] 36 [sct]
[mil_us] 1e-3 [in_us]

[in_br] 2.539998 cm
[ft_br] 12 [in_br]
[rd_br] 16.5 [ft_br]
[ch_br] 4 [rd_br]
[lk_br] 1/100 [ch_br]
[fth_br] 6 [ft_br]
[pc_br] 2.5 [ft_br]
[yd_br] 3 [ft_br]
[mi_br] 5280 [ft_br]
[nmi_br] 6080 [ft_br]
[kn_br] 1 [nmi_br]/h
[acr_br] 4840 [yd_br]2

[gal_us] 231 [in_i]3
[bbl_us] 42 [gal_us]
[qt_us] 1/4 [gal_us]
[pt_us] 1/2 [qt_us]
[gil_us] 1/4 [pt_us]
[foz_us] 1/4 [gil_us]
[fdr_us] 1/8 [foz_us]
[min_us] 1/60 [fdr_us]
[crd_us] 128 [ft_i]3
[bu_us] 2150.42 [in_i]3
[gal_wi] 1/8 [bu_us]
[pk_us] 1/4 [bu_us]
[dqt_us] 1/8 [pk_us]
[dpt_us] 1/2 [dqt_us]
[tbs_us] 1/2 [foz_us]
[tsp_us] 1/3 [tbs_us]
[cup_us] 16 [tbs_us]
[foz_m] 30 mL
[cup_m] 240 mL
[tsp_m] 5 mL
[tbs_m] 15 mL

[gal_br] 4.54609 l
[pk_br] 2 [gal_br]
[bu_br] 4 [pk_br]
[qt_br] 1/4 [gal_br]
[pt_br] 1/2 [qt_br]
[gil_br] 1/4 [pt_br]
[foz_br] 1/5 [gil_br]
[fdr_br] 1/8 [foz_br]
[min_br] 1/60 [fdr_br]

[gr] 64.79891 mg
[lb_av] 7000 [gr]
[oz_av] 1/16 [lb_av]
[dr_av] 1/16 [oz_av]
[scwt_av] 100 [lb_av]
[lcwt_av] 112 [lb_av]
[ston_av] 20 [scwt_av]
[lton_av] 20 [lcwt_av]
[stone_av] 14 [lb_av]
[pwt_tr] 24 [gr]
[oz_tr] 20 [pwt_tr]
[lb_tr] 12 [oz_tr]
[sc_ap] 20 [gr]
[dr_ap] 3 [sc_ap]
[oz_ap] 8 [dr_ap]
[lb_ap] 12 [oz_ap]
[oz_m] 28 g

[lne] 1/12 [in_i]
[pnt] 1/6 [lne]
[pca] 12 [pnt]
[pnt_pr] 0.013837 [in_i]
[pca_pr] 12 [pnt_pr]
[pied] 32.48 cm
[pouce] 1/12 [pied]
[ligne] 1/12 [pouce]
[didot] 1/6 [ligne]
[cicero] 12 [didot]
"""
"""Each line: code, size (a fraction where it is none in decimals), the unit it is measured in."""
