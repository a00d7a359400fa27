from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.fhir.package import package

from osler.fhir import base, r4
from osler.fhir.generate.write import sources
from osler.fhir.model import PRIMITIVES

HERE = Path(r4.__file__).parent


def test_committed_types_equal_regenerated_ones() -> None:
    wanted = sources(package())
    assert {path.name for path in HERE.glob("*.py")} == set(wanted)
    for name, text in wanted.items():
        assert (HERE / name).read_text(encoding="utf-8") == text, f"{name}: regenerate"


def test_every_resource_of_the_specification_is_there() -> None:
    assert len(r4.RESOURCES) == 146  # with the abstract DomainResource, 147
    assert all(r4.RESOURCES[name].__fhir_type__ == name for name in r4.RESOURCES)
    assert "DomainResource" not in r4.RESOURCES


def test_element_tables_match_the_fields() -> None:
    for name in r4.RESOURCES:
        cls = r4.RESOURCES[name]
        listed = {
            attr
            for properties in cls.__fhir_elements__.values()
            for prop in properties
            for attr in (prop.attr, prop.ext)
            if attr is not None
        }
        assert listed == set(cls.__struct_fields__), name


def test_every_type_that_an_element_names_exists() -> None:
    for name in r4.RESOURCES:
        for properties in r4.RESOURCES[name].__fhir_elements__.values():
            for prop in properties:
                if not prop.primitive:
                    assert issubclass(r4.type_class(prop.type), base.Base)
                assert prop.primitive == (prop.type in PRIMITIVES)


def test_names_that_are_python_keywords_get_an_underscore() -> None:
    (prop,) = r4.Encounter.__fhir_elements__["class"]
    assert (prop.attr, prop.json) == ("class_", "class")


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = r4.Nonsense
    with pytest.raises(KeyError):
        r4.RESOURCES["Nonsense"]
    assert "Nonsense" not in r4.RESOURCES


def test_one_resource_does_not_import_the_others() -> None:
    code = (
        "import sys; from osler.fhir import r4; r4.Patient; "
        "sys.exit(sum(m.startswith('osler.fhir.r4.') for m in sys.modules) > 4)"
    )
    path = str(HERE.parents[2])
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, check=False)
    assert done.returncode == 0
