"""Who may open which page of the administration."""

from __future__ import annotations

from osler.ui.page import page

PRACTICE = page(permission="practice.manage", kinds=("staff",))
SYSTEM = page(permission="system.manage", kinds=("staff",))
STAFF = page(kinds=("staff",))
