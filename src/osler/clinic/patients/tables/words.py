"""Codes of what registration asks, each with its words.

Languages: BCP 47 (RFC 5646), those most spoken in homes by the American Community Survey of the Census Bureau.
Relationships, marital status: HL7 Terminology (v2-0131, v3-RoleCode, v3-MaritalStatus, subscriber-relationship).
"""

from __future__ import annotations

from osler.kit.words import N_

LANGUAGE = "urn:ietf:bcp:47"
MARITAL = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
CONTACT = "http://terminology.hl7.org/CodeSystem/v2-0131"
SUBSCRIBER = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
IDENTITY = "http://snomed.info/sct"
NULL = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"

LANGUAGES = {
    "en": N_("English"), "es": N_("Spanish"), "zh": N_("Chinese"), "yue": N_("Cantonese"),
    "tl": N_("Tagalog"), "vi": N_("Vietnamese"), "ar": N_("Arabic"), "fr": N_("French"),
    "ko": N_("Korean"), "ru": N_("Russian"), "ht": N_("Haitian Creole"), "de": N_("German"),
    "hi": N_("Hindi"), "pt": N_("Portuguese"), "it": N_("Italian"), "pl": N_("Polish"),
    "ur": N_("Urdu"), "ja": N_("Japanese"), "fa": N_("Persian"), "gu": N_("Gujarati"),
    "te": N_("Telugu"), "bn": N_("Bengali"), "ta": N_("Tamil"), "pa": N_("Punjabi"),
    "am": N_("Amharic"), "so": N_("Somali"), "sw": N_("Swahili"), "yo": N_("Yoruba"),
    "ig": N_("Igbo"), "hmn": N_("Hmong"), "km": N_("Khmer"), "lo": N_("Lao"), "th": N_("Thai"),
    "my": N_("Burmese"), "ne": N_("Nepali"), "uk": N_("Ukrainian"), "el": N_("Greek"),
    "he": N_("Hebrew"), "hy": N_("Armenian"), "nv": N_("Navajo"), "ase": N_("American Sign Language"),
}  # fmt: skip
MARITAL_STATUS = {
    "S": N_("Never married"), "M": N_("Married"), "T": N_("Domestic partner"), "D": N_("Divorced"),
    "L": N_("Legally separated"), "W": N_("Widowed"), "UNK": N_("Unknown"),
}  # fmt: skip
RELATIONSHIPS = {
    "SPS": N_("Spouse"), "DOMPART": N_("Domestic partner"), "MTH": N_("Mother"), "FTH": N_("Father"),
    "PRN": N_("Parent"), "CHILD": N_("Child"), "SIB": N_("Sibling"), "GRPRN": N_("Grandparent"),
    "GUARD": N_("Guardian"), "FRND": N_("Friend"), "NBOR": N_("Neighbor"), "CAREGIVER": N_("Caregiver"),
}  # fmt: skip
CONTACT_KINDS = {
    "C": N_("Emergency contact"), "N": N_("Next of kin"), "E": N_("Employer"), "U": N_("Unknown"),
}  # fmt: skip
INSURED = {
    "self": N_("Self"), "spouse": N_("Spouse"), "child": N_("Child"), "parent": N_("Parent"),
    "common": N_("Common law spouse"), "other": N_("Other"),
}  # fmt: skip
GENDERS = {
    "female": N_("Female"), "male": N_("Male"), "other": N_("Other"), "unknown": N_("Unknown"),
}  # fmt: skip
BIRTH_SEXES = {"F": N_("Female"), "M": N_("Male"), "UNK": N_("Unknown"), "ASKU": N_("Not answered")}
GENDER_IDENTITIES = {
    "446151000124109": N_("Identifies as male"),
    "446141000124107": N_("Identifies as female"),
    "33791000087105": N_("Identifies as nonbinary"),
    "ASKU": N_("Asked but not answered"),
    "OTH": N_("Other"),
    "UNK": N_("Unknown"),
}
PRONOUNS = {
    "LA29518-0": N_("he/him/his"), "LA29519-8": N_("she/her/hers"), "LA29520-6": N_("they/them/theirs"),
}  # fmt: skip
ORIENTATIONS = {
    "38628009": N_("Lesbian or gay"), "20430005": N_("Straight"), "42035005": N_("Bisexual"),
    "OTH": N_("Other"), "ASKU": N_("Asked but not answered"), "UNK": N_("Unknown"),
}  # fmt: skip
ADDRESS_USES = {
    "home": N_("Home"), "temp": N_("Temporary"), "work": N_("Work"), "billing": N_("Billing"), "old": N_("Old"),
}  # fmt: skip
PHONE_USES = {"mobile": N_("Mobile"), "home": N_("Home"), "work": N_("Work"), "old": N_("Old")}
