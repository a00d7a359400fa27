"""Loads and unloads the whole record as files: Bundles, single resources and NDJSON."""

from osler.exchange.bulk.export import ExportReport, export
from osler.exchange.bulk.load import load
from osler.exchange.bulk.report import LoadOptions, LoadReport, Progress, Watcher

__all__ = [
    "ExportReport",
    "LoadOptions",
    "LoadReport",
    "Progress",
    "Watcher",
    "export",
    "load",
]
