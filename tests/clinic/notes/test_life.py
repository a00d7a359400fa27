"""A note's life: written, saved, signed, added to, corrected; and what it stands on."""

from __future__ import annotations

import io
from base64 import b64decode
from dataclasses import replace

import pypdfium2
import pytest

from osler.access import LOCAL, Principal
from osler.clinic import printing
from osler.clinic.notes import comparing, live, missing, note, paper, shelf, signing, writing
from osler.clinic.notes.kinds import shipped
from osler.clinic.notes.note import Note
from osler.clinic.notes.signing import Desk
from osler.clinic.notes.writing import Draft, Written
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound, OslerError, PreconditionFailed
from osler.record import Record, Update
from tests.clinic.notes.conftest import pressure


def draft(text: str = "Feels well. BP @bp@.", *diagnoses: str, template: str = "progress") -> Draft:
    kind = shipped()[template]
    texts = [text, *("" for _ in kind.sections[1:])]
    sections = tuple(
        Written(one.title, one.code, each) for one, each in zip(kind.sections, texts, strict=True)
    )
    return Draft(
        template, kind.title, kind.loinc, kind.display, sections, diagnoses, "Encounter/v1"
    )


def saved(desk: Desk, *args: str, **more: str) -> Note:
    return writing.save(desk.record, desk.principal, "ana", draft(*args, **more))


def stored(record: Record, type: str, id: str) -> object:
    return decode(record.read(LOCAL, type, id).content)


def pdf_text(record: Record, found: Note) -> str:
    from osler.clinic.notes.asking import search

    pairs = (("patient", "ana"), ("related", found.ref), ("status", "current"))
    ((_, document),) = search(record, LOCAL, r4.DocumentReference, *pairs)
    url = document.content[0].attachment.url or ""
    binary = stored(record, "Binary", url.removeprefix("Binary/"))
    assert isinstance(binary, r4.Binary)
    assert binary.securityContext
    assert binary.securityContext.reference == "Patient/ana"
    pages = pypdfium2.PdfDocument(io.BytesIO(b64decode(binary.data or "")))
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def test_values_and_blocks_are_of_the_record(desk: Desk) -> None:
    found = saved(desk, "BP @bp@, A1c @a1c@.\n@vitals@\n@meds@\n@immunizations@")
    text = found.text
    assert "BP 138/84 mmHg, A1c [not recorded] ***." in text
    assert "Weight | 84.2 kg (186 lb) | Mar 2, 2026" in text
    assert "metFORMIN 500 mg | twice daily" in text
    assert "Immunizations: none recorded" in text
    entries = {one.reference for one in found.resource.section[0].entry or ()}  # type: ignore[index]
    assert entries == {
        "Observation/bp/_history/1",
        "Observation/wt/_history/1",
        "MedicationRequest/met/_history/1",
    }


def test_what_a_browser_says_of_a_value_is_not_believed(desk: Desk) -> None:
    forged = "[90/60 mmHg](Observation/bp/_history/1) [50 kg](Observation/other/_history/1) [x](Patient/bo/_history/1)"
    found = saved(desk, forged)
    assert found.text.startswith("Interval history\n138/84 mmHg 50 kg x")
    entries = [one.reference for one in found.resource.section[0].entry or ()]  # type: ignore[index]
    assert entries == ["Observation/bp/_history/1"]


def test_new_data_are_offered_and_old_ones_stay_until_taken(desk: Desk) -> None:
    found = saved(desk, "BP @bp@.\n@vitals@")
    desk.record.commit(LOCAL, [pressure(150, 90)])
    current = live.now(desk.record, desk.principal, "ana")
    (part,) = [one for one in found.parts if one.nodes]
    assert current.stale(part.nodes) == ["vitals"]
    assert current.changed(part.nodes) == [
        ("Observation/bp/_history/1", "Observation/bp/_history/2")
    ]
    again = writing.save(
        desk.record,
        desk.principal,
        "ana",
        draft("BP [1](Observation/bp/_history/1)"),
        id=found.id,
        version=1,
    )
    assert "138/84 mmHg" in again.text


def test_a_diagnosis_is_written_and_withdrawn_with_the_note(desk: Desk) -> None:
    found = saved(desk, "x", "Type 2 diabetes", "Hyperkalemia (E87.5)", "Tired")
    codes = {}
    for ref, words in found.diagnoses:
        one = stored(desk.record, *ref.split("/"))
        assert isinstance(one, r4.Condition)
        assert one.encounter is not None
        assert one.encounter.reference == "Encounter/v1"
        codes[words] = [c.code for c in (one.code.coding if one.code else None) or ()]
    assert codes == {"Type 2 diabetes": ["E11.9"], "Hyperkalemia (E87.5)": ["E87.5"], "Tired": []}
    ref = {words: ref for ref, words in found.diagnoses}["Tired"]
    again = writing.save(
        desk.record, desk.principal, "ana", draft("x", "Type 2 diabetes"), id=found.id, version=1
    )
    assert [words for _, words in again.diagnoses] == ["Type 2 diabetes"]
    gone = stored(desk.record, *ref.split("/"))
    assert isinstance(gone, r4.Condition)
    assert gone.verificationStatus is not None
    assert gone.verificationStatus.coding[0].code == "entered-in-error"  # type: ignore[index]


def certainty(record: Record, ref: str) -> str:
    one = stored(record, *ref.split("/"))
    assert isinstance(one, r4.Condition)
    assert one.verificationStatus is not None
    return one.verificationStatus.coding[0].code or ""  # type: ignore[index]


def test_a_correction_takes_diagnoses_away_only_once_it_is_signed(desk: Desk) -> None:
    record, who = desk.record, desk.principal
    first = signing.sign(desk, saved(desk, "x", "Gout", "Tired").id, 1)
    refs = {words: ref for ref, words in first.diagnoses}
    copy = signing.correct(desk, first.id, "Not gout")
    fixed = writing.save(record, who, "ana", draft("x", "Tired"), id=copy.id, version=1)
    assert certainty(record, refs["Gout"]) == "confirmed"
    writing.discard(record, who, "ana", fixed.id, fixed.version)
    assert [certainty(record, ref) for ref in refs.values()] == ["confirmed", "confirmed"]
    copy = signing.correct(desk, first.id, "Not gout")
    fixed = writing.save(record, who, "ana", draft("x", "Tired"), id=copy.id, version=1)
    signing.sign(desk, fixed.id, fixed.version)
    assert certainty(record, refs["Gout"]) == "entered-in-error"
    assert certainty(record, refs["Tired"]) == "confirmed"


def test_nobody_signs_a_note_too_unasked(desk: Desk, ben: Principal) -> None:
    found = signing.sign(desk, saved(desk, "x").id, 1)
    with pytest.raises(Invalid, match="asked"):
        signing.cosign(replace(desk, principal=ben), found.id, found.version)


def test_the_diagnoses_of_a_note_of_another_chart_go_with_it(desk: Desk) -> None:
    found = signing.sign(desk, saved(desk, "x", "Gout", "Tired").id, 1)
    gout, tired = (ref for ref, _ in found.diagnoses)
    listed = stored(desk.record, *tired.split("/"))
    assert isinstance(listed, r4.Condition)
    listed.category = [
        *(listed.category or []),
        r4.CodeableConcept(coding=[r4.Coding(code="problem-list-item")]),
    ]
    desk.record.commit(LOCAL, [Update(listed)])
    signing.entered_in_error(desk, found.id, 2, "Another patient's visit")
    assert certainty(desk.record, gout) == "entered-in-error"
    assert certainty(desk.record, tired) == "confirmed"


def test_an_addendum_in_error_prints_as_one(desk: Desk) -> None:
    found = signing.sign(desk, saved(desk, "x").id, 1)
    added = signing.addendum(desk, found.id, "Left eye")
    gone = signing.entered_in_error(desk, added.id, added.version, "It was the right eye")
    head = printing.letterhead(desk.record, desk.principal)
    made = paper.document(found, head, None, addenda=(gone,))  # type: ignore[arg-type]
    assert printing.Notice("Entered in error: It was the right eye") in made.parts


def test_a_signature_freezes_note_paper_and_document(desk: Desk) -> None:
    found = saved(desk, "BP @bp@.\n@vitals@\n- one", "Type 2 diabetes")
    signed = signing.sign(desk, found.id, found.version)
    assert (signed.status, signed.version) == ("final", 2)
    (line,) = signed.signatures
    assert (line.party, line.name) == ("Practitioner/p1", "Ada Osei, MD")
    before = signed.text
    desk.record.commit(LOCAL, [pressure(190, 110)])
    assert note.read(desk.record, desk.principal, "ana", signed.id).text == before
    words = pdf_text(desk.record, signed)
    for wanted in (
        "GARCIA, Ana",
        "MRN-7",
        "138/84 mmHg",
        "84.2 kg (186 lb)",
        "Signed by Ada Osei, MD",
        "version 2",
        "Page 1 of 1",
    ):
        assert wanted in words, wanted
    entries = [e.reference or "" for s in signed.resource.section or () for e in s.entry or ()]
    assert entries
    assert all("/_history/" in one for one in entries)


def test_only_its_author_signs_what_was_seen(desk: Desk, ben: Principal) -> None:
    found = saved(desk, "x")
    with pytest.raises(Invalid, match="Ada Osei's note"):
        signing.sign(replace(desk, principal=ben), found.id, 1)
    with pytest.raises(Invalid, match="Ada Osei's note"):
        writing.save(desk.record, ben, "ana", draft("y"), id=found.id, version=1)
    with pytest.raises(Conflict, match="changed since"):
        signing.sign(desk, found.id, 7)


def test_a_nurse_signs_a_nursing_note_and_asks_for_a_second_signature_of_a_visit_note(
    record: Record, nia: Principal, ben: Principal
) -> None:
    assert not shipped()["nursing"].needs_cosign(nia.roles)
    assert shipped()["visit"].needs_cosign(nia.roles)
    trainee = replace(nia, roles=frozenset({"local"}))
    theirs = Desk(record, trainee, "ana")
    found = saved(theirs, "x", template="visit")
    signed = signing.sign(theirs, found.id, 1, cosigner="Practitioner/p2")
    (task,) = signing.cosign_tasks(record, LOCAL, "ana", signed)
    assert task.owner is not None
    assert task.owner.reference == "Practitioner/p2"
    with pytest.raises(Invalid, match="somebody else's"):
        signing.cosign(theirs, signed.id, signed.version)
    with pytest.raises(NotAllowed, match="clinician"):
        signing.cosign(
            Desk(record, replace(ben, roles=frozenset({"nurse"})), "ana"),
            signed.id,
            signed.version,
        )
    both = signing.cosign(Desk(record, ben, "ana"), signed.id, signed.version)
    assert [one.name for one in both.signatures] == ["Nia Cole", "Ben Ito"]
    assert signing.cosign_tasks(record, LOCAL, "ana", both) == []
    assert "Co-signed by Ben Ito" in pdf_text(record, both)


def test_after_the_signature_only_additions(desk: Desk, ben: Principal) -> None:
    found = signing.sign(desk, saved(desk, "Left knee").id, 1)
    with pytest.raises(Invalid, match="signed"):
        writing.save(desk.record, desk.principal, "ana", draft("y"), id=found.id, version=2)
    with pytest.raises(Invalid, match="signed"):
        writing.discard(desk.record, desk.principal, "ana", found.id, 2)
    added = signing.addendum(replace(desk, principal=ben), found.id, "Culture came back: @bp@")
    assert added.signed
    assert "138/84 mmHg" in added.text
    amended = note.read(desk.record, desk.principal, "ana", found.id)
    assert amended.status == "amended"
    assert note.around(desk.record, desk.principal, amended)[0] == [added]
    with pytest.raises(Invalid, match="Only Ada"):
        signing.correct(replace(desk, principal=ben), found.id, "x")
    with pytest.raises(Invalid, match="why"):
        signing.correct(desk, found.id, "  ")
    copy = signing.correct(desk, found.id, "It was the right knee")
    assert (copy.status, copy.replaces, copy.reason) == (
        "preliminary",
        found.ref,
        "It was the right knee",
    )
    fixed = writing.save(
        desk.record, desk.principal, "ana", draft("Right knee"), id=copy.id, version=1
    )
    final = signing.sign(desk, fixed.id, fixed.version)
    old = note.read(desk.record, desk.principal, "ana", found.id)
    assert "Left knee" in old.text
    _, by = note.around(desk.record, desk.principal, old)
    assert by == final
    with pytest.raises(Conflict):
        signing.correct(desk, found.id, "again")


def test_entered_in_error_stays_with_its_reason(desk: Desk) -> None:
    found = signing.sign(desk, saved(desk, "x").id, 1)
    gone = signing.entered_in_error(desk, found.id, 2, "Another patient's visit")
    assert (gone.status, gone.reason) == ("entered-in-error", "Another patient's visit")
    assert gone.text == found.text
    with pytest.raises(Invalid):
        signing.addendum(desk, found.id, "more")


def test_the_record_itself_keeps_signed_notes(desk: Desk) -> None:
    found = signing.sign(desk, saved(desk, "x").id, 1)
    changed = note.read(desk.record, desk.principal, "ana", found.id).resource
    changed.title = "Something else"
    with pytest.raises(OslerError, match="signed"):
        desk.record.commit(LOCAL, [Update(changed)])


def test_a_note_of_another_chart_is_not_there(desk: Desk) -> None:
    found = saved(desk, "x")
    with pytest.raises(NotFound):
        note.read(desk.record, desk.principal, "bo", found.id)
    with pytest.raises(PreconditionFailed):
        writing.save(desk.record, desk.principal, "ana", draft("y"), id=found.id, version=9)


def test_what_is_missing(desk: Desk) -> None:
    found = saved(desk, "Comes with ***.")
    current = live.now(desk.record, desk.principal, "ana")
    points = missing.points(
        desk.record, desk.principal, "ana", found.parts, shipped()["progress"], [], current
    )
    assert [(one.code, one.detail) for one in missing.blockers(points)] == [
        ("section", "Assessment and plan"),
        ("hole", "Interval history"),
    ]
    open_ = {one.code for one in points if not one.done}
    assert open_ == {"section", "hole", "diagnosis", "vitals", "allergies", "medications"}


def test_unsigned_notes_are_their_authors_work(desk: Desk, ben: Principal) -> None:
    found = saved(desk, "x")
    assert [one.id for one in note.unsigned(desk.record, desk.principal)] == [found.id]
    assert note.unsigned(desk.record, ben) == []
    page = note.listed(desk.record, desk.principal, "ana", words="FEELS")
    assert page.unsigned == []
    assert [one.id for one in note.listed(desk.record, desk.principal, "ana").unsigned] == [
        found.id
    ]


def test_versions_are_compared_by_words() -> None:
    old, new = comparing.words("pain in the left knee", "pain in the right knee today")
    assert [(one.text, one.kind) for one in old] == [
        ("pain in the ", "same"),
        ("left", "gone"),
        (" knee", "same"),
    ]
    assert "".join(one.text for one in new) == "pain in the right knee today"
    assert [one.text for one in new if one.kind == "new"] == ["right", " today"]


def test_phrases_and_templates_of_persons_and_the_practice(desk: Desk, ben: Principal) -> None:
    shelf.save(desk.record, desk.principal, shelf.PHRASE, ".normalexam", "All fine, @bp@ ***")
    mine = {one.name: one.text for one in shelf.phrases(desk.record, desk.principal)}
    assert mine["normalexam"] == "All fine, @bp@ ***"
    assert {one.name: one.text for one in shelf.phrases(desk.record, ben)}["normalexam"] != mine[
        "normalexam"
    ]
    with pytest.raises(Conflict):
        shelf.save(desk.record, desk.principal, shelf.PHRASE, "normalexam", "again")
    with pytest.raises(Invalid, match="small letters"):
        shelf.save(desk.record, desk.principal, shelf.PHRASE, "Normal Exam", "x")
    text = "## Story (required)\nHere for ***.\n\n## Plan\n"
    id = shelf.save(
        desk.record, desk.principal, shelf.TEMPLATE, "Knee", text, shared=True, base="progress"
    )
    template = shelf.templates(desk.record, ben)[id]
    assert [(one.title, one.code, one.required) for one in template.sections] == [
        ("Story", "", True),
        ("Plan", "18776-5", False),
    ]
    assert shelf.sections(shelf.written(template)) == template.sections
    assert shelf.template(desk.record, ben, id) == template
    own = shelf.save(desk.record, desk.principal, shelf.TEMPLATE, "Mine", "## A\n")
    assert shelf.template(desk.record, desk.principal, own) is not None
    assert shelf.template(desk.record, ben, own) is None, "it is somebody else's"
    assert shelf.template(desk.record, ben, "free") == shelf.templates(desk.record, ben)["free"]
    shelf.remove(desk.record, desk.principal, id)
    assert id not in shelf.templates(desk.record, ben)
    assert shelf.template(desk.record, ben, id) is None
    assert shelf.template(desk.record, ben, "a/b,c") is None
