"""Django's settings, made from ours. https://docs.djangoproject.com/en/5.2/ref/settings/"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from osler.kit import clock
from osler.kit.settings import Settings
from osler.main.site import STATE
from osler.main.site.database import django_database
from osler.main.site.post import django_mail
from osler.main.site.secret import secret_key
from osler.main.site.sso import django_sso

_settings = STATE.settings or Settings()
_ROOT = Path(__file__).parents[2]
_scheme = "https" if _settings.tls_cert else "http"
_base = urlsplit(_settings.base_url or f"{_scheme}://{_settings.host}:{_settings.port}/fhir")
SECURE = _base.scheme == "https"

DEBUG = False
SECRET_KEY = secret_key(_settings) if STATE.settings else "for the type checker alone"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *([_base.hostname] if _base.hostname else [])]
ALLOWED_HOSTS += sorted(name.partition(":")[0] for name in _settings.hosts)
ROOT_URLCONF = "osler.main.site.urls"
WSGI_APPLICATION = None
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "osler.identity.apps.IdentityConfig",
    "osler.ui.apps.UiConfig",
    "osler.staff.apps.StaffConfig",
    "osler.portal.apps.PortalConfig",
]
MIDDLEWARE = [
    "osler.ui.headers.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "osler.ui.once.once",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "osler.identity.middleware.Guard",
    "osler.ui.preferences.middleware.preferred",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "osler.ui.navigation.navigation",
                "osler.ui.banner.broken_glass",
                "osler.ui.preferences.context",
            ]
        },
    }
]
FORM_RENDERER = "osler.ui.rendering.Renderer"
DATABASES = {"default": django_database(STATE.database_url, _settings.threads)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "identity.Account"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["osler.identity.passwords.Hasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "osler.identity.passwords.Rules"}]
PASSWORD_RESET_TIMEOUT = 15 * 60
AUTHENTICATION_BACKENDS = ["osler.identity.backend.Backend"]
ACCOUNT_ADAPTER = "osler.identity.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
# `identity.lockout` counts attempts, for all processes together.
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "osler.identity.adapter.FactorAdapter"
MFA_RATE_LIMITS = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "identity_cache",
    }
}

# `__Host-` cookies are taken only over https; on loopback without it they have plain names.
_PREFIX = "__Host-osler" if SECURE else "osler"
SESSION_COOKIE_NAME = f"{_PREFIX}-session"
CSRF_COOKIE_NAME = f"{_PREFIX}-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "osler.identity.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]
CSRF_FAILURE_VIEW = "osler.identity.pages.signin.too_old"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
X_FRAME_OPTIONS = "DENY"
APPEND_SLASH = True

LANGUAGE_CODE = "en-us"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [_ROOT / "ui" / "locale"]
TIME_ZONE = _settings.time_zone
clock.days_of(TIME_ZONE)
USE_TZ = True
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+\.[0-9a-f]{10}\..+$"
STORAGES = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
}
LOGGING_CONFIG = None

DEFAULT_FROM_EMAIL = SERVER_EMAIL = _settings.mail_from
globals().update(django_mail(_settings), **django_sso(_settings))
OSLER = _settings
"""Our own settings, for pages and accounts."""
# Ours, for the privacy desk: whose law counts the days.
OSLER_PRIVACY_LAW = _settings.privacy_law
