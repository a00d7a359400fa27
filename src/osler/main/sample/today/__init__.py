"""What is new every day at the sample practice: visits, results, notes, tasks and messages around now."""

from osler.main.sample.today.days import around

__all__ = ["around"]
