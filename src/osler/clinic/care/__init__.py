"""Who cares for a patient, what is aimed at, how, and what the patient has decided beforehand."""
