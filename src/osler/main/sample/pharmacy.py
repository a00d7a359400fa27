"""More drugs that the sample patients take, as RxNorm (U.S. National Library of Medicine) has them."""

from __future__ import annotations

from osler.main.sample.facts import drug

WARFARIN = drug("855332", "warfarin sodium 5 MG Oral Tablet", "Take 1 tablet every evening")
ASPIRIN = drug("243670", "aspirin 81 MG Oral Tablet", "Take 1 tablet once a day")
CARVEDILOL = drug(
    "200032", "carvedilol 12.5 MG Oral Tablet", "Take 1 tablet twice a day with food", per_day=2
)
SPIRONOLACTONE = drug("313096", "spironolactone 25 MG Oral Tablet", "Take 1 tablet once a day")
GABAPENTIN = drug(
    "310431",
    "gabapentin 300 MG Oral Capsule",
    "Take 1 capsule at bedtime",
    unit="capsule",
)
TAMSULOSIN = drug(
    "863669",
    "tamsulosin hydrochloride 0.4 MG Oral Capsule",
    "Take 1 capsule after supper",
    unit="capsule",
)
DONEPEZIL = drug("997229", "donepezil hydrochloride 5 MG Oral Tablet", "Take 1 tablet at bedtime")
TIOTROPIUM = drug(
    "485032",
    "tiotropium 0.018 MG Inhalation Powder",
    "Inhale the contents of 1 capsule once a day",
    unit="capsule",
    days=30,
)
PREDNISONE = drug(
    "312615", "prednisone 20 MG Oral Tablet", "Take 2 tablets a day for 5 days", dose=2, days=5
)
GLARGINE = drug(
    "847230",
    "3 ML insulin glargine 100 UNT/ML Pen Injector",
    "Inject 18 units under the skin at bedtime",
    dose=18,
    unit="unit",
    days=30,
)
ANASTROZOLE = drug("199224", "anastrozole 1 MG Oral Tablet", "Take 1 tablet once a day")
B12 = drug("198890", "vitamin B12 1 MG Chewable Tablet", "Chew 1 tablet once a day")
VITAMIN_D = drug("199362", "cholecalciferol 0.025 MG Oral Tablet", "Take 1 tablet once a day")
METHYLPHENIDATE = drug(
    "1091155",
    "24 HR methylphenidate hydrochloride 18 MG Extended Release Oral Tablet",
    "Take 1 tablet in the morning",
    days=30,
)
BUPRENORPHINE = drug(
    "351267",
    "buprenorphine 8 MG / naloxone 2 MG Sublingual Tablet",
    "Dissolve 1 tablet under the tongue twice a day",
    per_day=2,
    days=28,
)
LATANOPROST = drug(
    "314072",
    "latanoprost 0.05 MG/ML Ophthalmic Solution",
    "Put 1 drop into each eye at bedtime",
    unit="drop",
    dose=2,
)
SENNA = drug("312935", "sennosides, USP 8.6 MG Oral Tablet", "Take 2 tablets at bedtime", dose=2)
TRAZODONE = drug("856377", "trazodone hydrochloride 50 MG Oral Tablet", "Take 1 tablet at bedtime")
MIRABEGRON = drug(
    "1300791",
    "24 HR mirabegron 25 MG Extended Release Oral Tablet",
    "Take 1 tablet once a day",
)
PANTOPRAZOLE = drug(
    "314200", "pantoprazole 40 MG Delayed Release Oral Tablet", "Take 1 tablet before breakfast"
)
NORETHINDRONE = drug(
    "198042", "norethindrone 0.35 MG Oral Tablet", "Take 1 tablet at the same time every day"
)
EPINEPHRINE = drug(
    "310132",
    "epinephrine 1 MG/ML Injectable Solution",
    "Inject 0.3 mL into the thigh at the first sign of anaphylaxis, then call 911",
    dose=0.3,
    unit="mL",
    as_needed=True,
    days=30,
)
