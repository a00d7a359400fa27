"""Finding codes by plain words: diagnoses, drugs, allergens, reactions, procedures, vaccines."""
