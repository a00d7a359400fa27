"""Race and ethnicity: the categories of the Office of Management and Budget, and details below them.

Codes: CDC Race and Ethnicity, urn:oid:2.16.840.1.113883.6.238 (public domain), https://phinvads.cdc.gov; OMB's
categories as US Core has them. What was asked but not answered: HL7 v3 NullFlavor.
"""

from __future__ import annotations

from osler.kit.words import N_

SYSTEM = "urn:oid:2.16.840.1.113883.6.238"
NULL = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
RACES = {
    "1002-5": N_("American Indian or Alaska Native"),
    "2028-9": N_("Asian"),
    "2054-5": N_("Black or African American"),
    "2076-8": N_("Native Hawaiian or Other Pacific Islander"),
    "2106-3": N_("White"),
    "2131-1": N_("Other Race"),
}
ETHNICITIES = {
    "2135-2": N_("Hispanic or Latino"),
    "2186-5": N_("Not Hispanic or Latino"),
}
UNANSWERED = {"ASKU": N_("Asked but not answered"), "UNK": N_("Unknown")}
_RACE_DETAILS = """
1004-1 American Indian;1735-0 Alaska Native;2029-7 Asian Indian;2030-5 Bangladeshi;2031-3 Bhutanese
2032-1 Burmese;2033-9 Cambodian;2034-7 Chinese;2035-4 Taiwanese;2036-2 Filipino;2037-0 Hmong
2038-8 Indonesian;2039-6 Japanese;2040-4 Korean;2041-2 Laotian;2042-0 Malaysian;2043-8 Okinawan
2044-6 Pakistani;2045-3 Sri Lankan;2046-1 Thai;2047-9 Vietnamese;2056-0 Black;2058-6 African American
2060-2 African;2062-8 Ethiopian;2063-6 Liberian;2064-4 Namibian;2065-1 Nigerian;2067-7 Bahamian
2068-5 Barbadian;2071-9 Haitian;2072-7 Jamaican;2074-3 Trinidadian;2075-0 West Indian;2078-4 Polynesian
2079-2 Native Hawaiian;2080-0 Samoan;2081-8 Tahitian;2082-6 Tongan;2085-9 Micronesian
2086-7 Guamanian or Chamorro;2100-6 Melanesian;2101-4 Fijian;2108-9 European;2110-5 English
2111-3 French;2112-1 German;2113-9 Irish;2114-7 Italian;2115-4 Polish;2116-2 Scottish
2118-8 Middle Eastern or North African;2119-6 Assyrian;2120-4 Egyptian;2121-2 Iranian;2122-0 Iraqi
2123-8 Lebanese;2124-6 Palestinian;2125-3 Syrian;2126-1 Afghanistani;2127-9 Israeli;2129-5 Arab
"""
_ETHNICITY_DETAILS = """
2137-8 Spaniard;2148-5 Mexican;2149-3 Mexican American;2155-0 Central American;2156-8 Costa Rican
2157-6 Guatemalan;2158-4 Honduran;2159-2 Nicaraguan;2160-0 Panamanian;2161-8 Salvadoran
2165-9 South American;2166-7 Argentinean;2167-5 Bolivian;2168-3 Chilean;2169-1 Colombian
2170-9 Ecuadorian;2171-7 Paraguayan;2172-5 Peruvian;2173-3 Uruguayan;2174-1 Venezuelan
2178-2 Latin American;2180-8 Puerto Rican;2182-4 Cuban;2184-0 Dominican
"""


def _table(text: str) -> dict[str, str]:
    lines = (one.strip() for line in text.split("\n") for one in line.split(";"))
    return dict(one.split(" ", 1) for one in lines if one)


RACE_DETAILS = _table(_RACE_DETAILS)
ETHNICITY_DETAILS = _table(_ETHNICITY_DETAILS)
