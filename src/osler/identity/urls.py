"""The addresses of accounts: signing in and out, and one's own account."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from osler.identity.pages import account, confirm, factors, lock, password, signin

_SIGN_IN: list[URLPattern | URLResolver] = [
    path("login/", signin.sign_in, name="account_login"),
    path("login/second/", signin.second, name="mfa_authenticate"),
    path("login/second/options/", signin.second_options, name="account_second_options"),
    path("login/passkey/", signin.by_passkey, name="mfa_login_webauthn"),
    path("login/passkey/options/", signin.passkey_options, name="account_passkey_options"),
    path("logout/", signin.sign_out, name="account_logout"),
    path("inactive/", signin.inactive, name="account_inactive"),
    path("password/", password.change, name="account_change_password"),
    path("password/forgotten/", password.forgotten, name="account_reset_password"),
    path("password/set/", password.choose, name="account_reset_set"),
    path("password/<uuid:number>/<str:token>/", password.link, name="account_reset_link"),
]
_SESSION: list[URLPattern | URLResolver] = [
    path("", account.home, name="account_home"),
    path("session/", lock.state, name="account_session"),
    path("lock/", lock.lock, name="account_lock"),
    path("unlock/", lock.unlock, name="account_unlock"),
    path("options/", lock.options, name="account_options"),
    path("resume/", lock.resume, name="account_resume"),
    path("confirm/", confirm.confirm, name="account_confirm"),
    path("sessions/", account.signed_in, name="account_sessions"),
    path("sessions/end/", account.end_all, name="account_end_all"),
    path("sessions/<uuid:number>/end/", account.end, name="account_end"),
    path("browsers/<uuid:number>/forget/", account.forget_device, name="account_forget_device"),
]
_FACTORS: list[URLPattern | URLResolver] = [
    path("factors/", factors.index, name="mfa_index"),
    path("factors/app/", factors.add_app, name="mfa_activate_totp"),
    path("factors/passkey/", factors.add_passkey, name="mfa_add_webauthn"),
    path("factors/passkey/options/", factors.passkey_options, name="account_factor_options"),
    path("factors/codes/", factors.codes, name="mfa_view_recovery_codes"),
    path("factors/<int:number>/remove/", factors.remove, name="account_remove_factor"),
]
urlpatterns = [*_SIGN_IN, *_SESSION, *_FACTORS]
