"""How children grow: WHO standards to two years of age, CDC charts from then on, by the LMS method."""

from __future__ import annotations

from osler.clinic.growth.standards import CHARTS, Chart, Place, chart_of, place

__all__ = ["CHARTS", "Chart", "Place", "chart_of", "place"]
