"""A patient's consents: who may see what of me, given and withdrawn."""
