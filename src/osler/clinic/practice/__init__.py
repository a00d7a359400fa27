"""The practice itself in the record: its organizations, sites and rooms, and the people who work in it."""

from osler.clinic.practice.founding import NewPractice, found_practice, human_name, practice_name

__all__ = ["NewPractice", "found_practice", "human_name", "practice_name"]
