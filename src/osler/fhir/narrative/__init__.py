"""Narrative: a strict safety check of its xhtml, and a plain one made from the data where none is given."""

from __future__ import annotations

from osler.fhir.narrative.safety import check
from osler.fhir.narrative.summary import generate, with_narrative

__all__ = ["check", "generate", "with_narrative"]
