"""The privacy desk: requests with a legal clock, disclosures, restrictions, breaches, all FHIR Tasks and their results.

What the law asks: 45 CFR 164.522, 164.524, 164.526, 164.528, 164.404-414; GDPR 12(3), 15-18, 33-34.
"""
