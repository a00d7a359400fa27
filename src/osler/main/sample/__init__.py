"""A made-up but realistic practice, for demonstrations and where no other samples are at hand."""

from osler.main.sample.demo import samples
from osler.main.sample.generate import generate

__all__ = ["generate", "samples"]
