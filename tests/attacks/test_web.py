"""The pages from outside: forged forms, forged hosts, forged addresses; every form, not a sample."""

from __future__ import annotations

from typing import Any

import pytest

from tests.matrix.cast import OWN

OUTSIDE = [
    "//evil.example", "\\\\evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)",
    "https://evil.example/", "https:evil.example", "http:///evil.example", "%2F%2Fevil.example",
    "/%0d%0aLocation:%20//evil.example", "///evil.example", "data:text/html,x", "evil.example",
    "/account/logout/", "http://localhost@evil.example/", "\x00//evil.example",
]  # fmt: skip
ANY = {
    "secret": "x" * 43, "provider_id": "none", "number": "00000000-0000-0000-0000-000000000007",
    "token": "x", "id": OWN, "patient": OWN, "code": "nurse",
}  # fmt: skip


@pytest.fixture
def addresses(pages: None) -> list[str]:
    """Every address of the pages, its variables filled in."""
    import re

    from tests.matrix import chart
    from tests.matrix.test_pages import _address
    from tests.matrix.test_pages import addresses as every

    def filled(path: str, name: str) -> str:
        if not path.startswith(("/account/", "/staff/", "/my/")):
            return _address(name, chart.arguments(name, path, own=True))
        return re.sub(
            r"<(\w+)>", lambda found: ANY[found[1]], path.replace("s/<number>/r", "s/7/r")
        )

    return sorted({filled(path, name) for path, name in every().items()})


@pytest.fixture
def nurse(pages: None) -> Any:
    """A nurse who has signed in, in a browser of which CSRF is asked."""
    from tests.identity import people

    return people.signed_in(
        people.with_app(people.nurse()), people.browser(enforce_csrf_checks=False)
    )


def strict(of: Any) -> Any:
    """The same browser, of which the token is asked."""
    from tests.identity import people

    made = people.browser(enforce_csrf_checks=True)
    made.cookies = of.cookies
    return made


def test_no_form_is_taken_without_its_token(addresses: list[str], nurse: Any) -> None:
    browser = strict(nurse)
    for path in addresses:
        answer = browser.post(path, {"x": "1"})
        # That a page takes no forms at all, or is not there, may be said before.
        assert answer.status_code in {403, 405, 404}, (path, answer.status_code)
    assert browser.get("/account/").status_code == 200


def test_no_form_is_taken_with_the_token_of_another_session(
    addresses: list[str],
    nurse: Any,
) -> None:
    from tests.identity import people

    other = people.browser()
    other.get("/account/login/")
    foreign = other.cookies["osler-csrf"].value
    nurse.get("/account/password/")
    browser = strict(nurse)
    for path in addresses:
        answer = browser.post(path, {"csrfmiddlewaretoken": foreign})
        assert answer.status_code in {403, 405, 404}, path


def test_no_form_is_taken_from_another_site(addresses: list[str], nurse: Any) -> None:
    """Even with the right token: a page of another site, or none that one may name."""
    nurse.get("/account/password/")
    token = nurse.cookies["osler-csrf"].value
    browser = strict(nurse)
    for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
        for path in addresses:
            answer = browser.post(path, {"csrfmiddlewaretoken": token}, HTTP_ORIGIN=origin)
            assert answer.status_code in {403, 405, 404}, (path, origin)


def test_a_reading_request_changes_nothing(addresses: list[str], nurse: Any) -> None:
    """No GET signs out, ends, locks or makes anything: an image of another site could ask for it."""
    from tests.identity.people import session_of

    before = session_of(nurse)
    for path in addresses:
        nurse.get(path)
    after = session_of(nurse)
    assert (after.pk, after.locked, after.ended) == (before.pk, None, None)
    assert nurse.get("/account/").status_code == 200


@pytest.mark.parametrize("method", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_header_does_not_make_a_get_a_post(nurse: Any, method: str) -> None:
    nurse.get("/account/lock/", headers={method: "POST"})
    nurse.get("/account/sessions/end/?_method=POST", headers={method: "POST"})
    assert nurse.get("/account/").status_code == 200


@pytest.mark.parametrize("to", OUTSIDE)
@pytest.mark.parametrize(
    "path",
    ["/account/login/", "/account/confirm/", "/account/lock/", "/account/login/second/", "/"],
)
def test_no_page_leads_outside(nurse: Any, path: str, to: str) -> None:
    from urllib.parse import quote

    for query in (quote(to, safe=""), quote(quote(to, safe=""), safe="")):
        answer = nurse.get(f"{path}?next={query}", follow=False)
        place = answer.headers.get("Location", "/")
        assert place.startswith("/") and not place.startswith(("//", "/\\")), place
        assert "\n" not in place and "\r" not in place


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example#localhost", "a b"]
)
def test_a_forged_host_is_not_answered(pages: None, host: str) -> None:
    """Else the link in the mail that sets a password would lead there."""
    from osler.identity.models import Mail
    from tests.identity import people

    people.patient()
    browser = people.browser()
    answer = browser.post("/account/password/forgotten/", {"login": "pat"}, HTTP_HOST=host)
    assert answer.status_code == 400
    assert not Mail.objects.exists()
    browser.post("/account/password/forgotten/", {"login": "pat"}, HTTP_X_FORWARDED_HOST=host)
    assert [host in one.body for one in Mail.objects.all()] in ([], [False])


def test_an_address_in_a_header_is_not_where_one_comes_from(
    pages: None,
    told: list[Any],
) -> None:
    """Neither in the audit nor in the count of attempts."""
    from tests.identity import people

    people.patient()
    for number in range(8):
        people.browser(
            HTTP_X_FORWARDED_FOR=f"203.0.113.{number}", HTTP_FORWARDED="for=1.2.3.4"
        ).post("/account/login/", {"login": "pat", "password": "wrong wrong wrong"})
    assert told and {one.principal.origin.address for one in told} == {"127.0.0.1"}
    last = people.browser(HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert people.enter(last, "pat").status_code != 302  # It has to wait all the same.


def test_more_in_a_form_gives_no_more(nurse: Any) -> None:
    """Fields that no form has: who one is, what one may do, whether one is in."""
    from osler.identity.models import Account
    from tests.identity.people import PASSWORD

    before = Account.objects.get(username="ana")
    more = {
        "roles": ["practice-admin", "system-admin"], "person": "Practitioner/other", "patient": OWN,
        "own_patient": OWN, "kind": "patient", "is_active": "", "is_superuser": "1", "is_staff": "1",
        "username": "root", "id": "1", "account": "1", "user": "1", "email": "evil@example.org",
        "acting_for": "", "multi": "1", "proxy": "1",
    }  # fmt: skip
    nurse.post("/account/password/", {"present": PASSWORD, "old_password": PASSWORD,
                                      "new_password": "eleven otters over slate", **more})  # fmt: skip
    for path in (
        "/account/factors/app/",
        "/account/confirm/",
        "/account/sessions/end/",
        "/account/password/forgotten/",
    ):
        nurse.post(path, more)
    after = Account.objects.get(pk=before.pk)
    kept = ("roles", "person", "patient", "own_patient", "kind", "is_active", "username", "email")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert Account.objects.count() == 1
