"""The addresses of: the practice's own settings, and what runs beneath them."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.admin import codes, editing, index, people, practice, system

urlpatterns: list[URLPattern] = [
    path("admin/", index.index, name="admin"),
    path("admin/undo/", editing.undo, name="admin-undo"),
    path("admin/practice/", practice.listed, name="admin-practice"),
    path("admin/practice/new/", practice.new, name="admin-organization-new"),
    path("admin/practice/<fhir:item>/", practice.one, name="admin-organization"),
    path("admin/places/", practice.places_listed, name="admin-places"),
    path("admin/places/new/", practice.place_new, name="admin-place-new"),
    path("admin/places/<fhir:item>/", practice.place, name="admin-place"),
    path("admin/people/", people.listed, name="admin-people"),
    path("admin/people/new/", people.new, name="admin-person-new"),
    path("admin/people/<fhir:item>/", people.one, name="admin-person"),
    path("admin/people/<fhir:item>/work/new/", people.work_new, name="admin-work-new"),
    path("admin/people/<fhir:item>/work/<fhir:role>/", people.work, name="admin-work"),
    path("admin/codes/", codes.listed, name="admin-codes"),
    path("admin/codes/use/", codes.use, name="admin-codes-use"),
    path("admin/codes/upload/", codes.upload, name="admin-codes-upload"),
    path("admin/system/", system.health, name="admin-system"),
    path("admin/jobs/", system.jobs, name="admin-jobs"),
    path("admin/jobs/<int:number>/", system.job, name="admin-job"),
    path("admin/storage/", system.storage, name="admin-storage"),
    path("admin/backups/", system.backups, name="admin-backups"),
    path("admin/integrations/", system.integrations, name="admin-integrations"),
]
