"""A sentence for people with its values apart, so that a page can say it in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from osler.kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class Said:
    """`text` is an English msgid with %(names)s, `about` what goes into them. Empty text: nothing to say."""

    text: str = ""
    about: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text % self.about if self.about else self.text


NOTHING = Said()


class NotUnderstood(Invalid):
    """What was typed is no measurement; says what could be typed instead."""

    def __init__(self, said: Said) -> None:
        super().__init__(str(said))
        self.said = said
