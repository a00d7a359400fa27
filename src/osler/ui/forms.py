"""How forms of ours are written."""

from __future__ import annotations

from typing import Any

from django import forms


class Form(forms.Form):
    """A form whose labels end as they are, without a colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
