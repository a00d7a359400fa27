"""Inputs that HTML has no word for: a number with its unit, and a place to drop files."""

from __future__ import annotations

from typing import Any

from django import forms


class UnitInput(forms.TextInput):
    """A number with its unit beside it; the number's keyboard on a telephone, no wheel that changes it."""

    template_name = "ui/parts/unit_input.html"

    def __init__(self, unit: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.unit = unit

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The unit is part of what the input is described by."""
        given = dict(attrs or {})
        unit_id = f"{given.get('id', name)}_unit"
        said = [given.get("aria-describedby", ""), unit_id]
        given |= {"inputmode": "decimal", "autocomplete": "off"}
        given["aria-describedby"] = " ".join(part for part in said if part)
        return {
            **super().get_context(name, value, given),
            "unit": self.unit,
            "unit_id": unit_id,
        }


class FileDrop(forms.FileInput):
    """A file input that files may also be dropped on, pasted into and photographed for."""

    template_name = "ui/parts/file_drop.html"
    allow_multiple_selected = False

    def __init__(self, attrs: dict[str, Any] | None = None, *, camera: bool = False) -> None:
        super().__init__(attrs)
        self.camera = camera

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Whether a photograph is wanted too."""
        return {**super().get_context(name, value, attrs), "camera": self.camera}


class FilesDrop(FileDrop):
    """The same for several files."""

    allow_multiple_selected = True
