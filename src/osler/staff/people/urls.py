"""The addresses of the pages about people."""

from __future__ import annotations

from django.urls import path

from osler.staff.people import accounts, inviting, patients, programs

urlpatterns = [
    path("people/", accounts.listed, name="people"),
    path("people/invite/", inviting.invite, name="people-invite"),
    path("people/invitations/<uuid:number>/again/", inviting.again, name="people-again"),
    path("people/invitations/<uuid:number>/withdraw/", inviting.withdraw, name="people-withdraw"),
    path("patients/", patients.find, name="people-patients"),
    path("patients/<fhir:id>/", patients.patient, name="people-patient"),
    path("patients/<fhir:id>/code/", patients.issue, name="people-code"),
    path("patients/<fhir:id>/proxy/", patients.grant, name="people-grant"),
    path("patients/<fhir:id>/proxy/<uuid:number>/end/", patients.end, name="people-proxy-end"),
    path("people/<uuid:number>/", accounts.one, name="people-account"),
    path("people/<uuid:number>/roles/", accounts.roles, name="people-roles"),
    path("people/<uuid:number>/link/", accounts.link, name="people-link"),
    path("people/<uuid:number>/disable/", accounts.disable, name="people-disable"),
    path("people/<uuid:number>/enable/", accounts.enable, name="people-enable"),
    path("people/<uuid:number>/reset-mfa/", accounts.reset_mfa, name="people-reset-mfa"),
    path("tokens/", programs.listed, name="tokens"),
    path("tokens/new/", programs.create, name="tokens-new"),
    path("tokens/<uuid:number>/revoke/", programs.revoke, name="tokens-revoke"),
    path("outbox/", programs.outbox, name="outbox"),
]
