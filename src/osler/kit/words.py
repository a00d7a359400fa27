"""Marks the texts that people read, for translation at the page."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it, which extractors know
    """The text as it is: a mark for the extractor, where no page and so no language is known yet."""
    return text
