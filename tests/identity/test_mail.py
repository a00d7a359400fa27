"""Mail against a real server of the test's own: what it gets, and what becomes of a refusal."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from osler.kit.errors import Invalid
from osler.kit.settings import BadSettings, Settings
from osler.main.site.post import django_mail

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Mailbox:
    """Takes mail for everybody but those of refused.example."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], EmailMessage]] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.endswith("@refused.example"):
            return "550 not here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        from email import message_from_bytes, policy

        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.got.append((list(envelope.rcpt_tos), parsed))
        return "250 OK"


def _authenticate(
    server: Any, session: Any, envelope: Any, mechanism: str, data: Any
) -> AuthResult:
    fits = isinstance(data, LoginPassword) and (data.login, data.password) == (b"os ler", b"p@ss:w")
    return AuthResult(success=fits, handled=fits)


@pytest.fixture
def mailbox(pages: None) -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=_free_port(),
        authenticator=_authenticate,
        auth_require_tls=False,
    )
    controller.start()
    yield box, controller.port
    controller.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def through(url: str) -> Any:
    """Django's settings for the server at this URL."""
    from django.test import override_settings

    made = django_mail(Settings(smtp_url=url))
    return override_settings(**made, DEFAULT_FROM_EMAIL="ehr@elm.example")


def test_a_mail_arrives(mailbox: tuple[Mailbox, int]) -> None:
    from osler.identity import mail

    box, port = mailbox
    with through(f"smtp://os%20ler:p%40ss%3Aw@127.0.0.1:{port}"):
        assert not mail.is_outbox()
        mail.send("nia@example.org", "Ihr Zugang — größer", "Hello Nia\nhttps://ehr.example/x")
    ((recipients, message),) = box.got
    assert recipients == ["nia@example.org"]
    assert message["From"] == "ehr@elm.example" and message["To"] == "nia@example.org"
    assert message["Subject"] == "Ihr Zugang — größer"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "https://ehr.example/x" in message.get_content()


@pytest.mark.parametrize(
    ("recipient", "subject"),
    [
        ("nia@example.org\nBcc: x@y.z", "S"),
        ("nia@example.org", "S\nBcc: x@y.z"),
        ("nia@example.org", "S\r\nBcc: x@y.z"),
        ("nia@example.org,x@y.z", "S"),
        ("nia@example.org\r\n\r\nbody", "S"),
        ("Nia <nia@example.org>", "S"),
        ("", "S"),
        ("no address", "S"),
    ],
)
@pytest.mark.parametrize("server", [True, False])
def test_no_header_of_somebody_elses(
    mailbox: tuple[Mailbox, int], recipient: str, subject: str, server: bool
) -> None:
    from contextlib import nullcontext

    from osler.identity import mail
    from osler.identity.models import Mail

    box, port = mailbox
    with (
        through(f"smtp://os%20ler:p%40ss%3Aw@127.0.0.1:{port}") if server else nullcontext(),
        pytest.raises(Invalid),
    ):
        mail.send(recipient, subject, "text")
    assert box.got == [] and not Mail.objects.exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("smtp://os%20ler:wrong@127.0.0.1:{port}", "user and password"),
        ("smtp://127.0.0.1:1", "nothing (ConnectionRefusedError)"),
    ],
)
def test_a_server_that_does_not_take_it(mailbox: tuple[Mailbox, int], url: str, says: str) -> None:
    from osler.identity import mail

    with through(url.format(port=mailbox[1])), pytest.raises(mail.NotSent) as failure:
        mail.send("nia@example.org", "S", "secret text")
    assert says in str(failure.value)
    assert "wrong" not in str(failure.value) and "secret" not in str(failure.value)


def test_a_refused_recipient(mailbox: tuple[Mailbox, int]) -> None:
    from osler.identity import mail

    with (
        through(f"smtp://os%20ler:p%40ss%3Aw@127.0.0.1:{mailbox[1]}"),
        pytest.raises(mail.NotSent) as failure,
    ):
        mail.send("nia@refused.example", "S", "text")
    assert "does not take mail" in str(failure.value)


def test_an_invitation_that_cannot_be_sent_can_be_sent_again(mailbox: tuple[Mailbox, int]) -> None:
    from osler.access import LOCAL
    from osler.identity import invitations, mail
    from osler.identity.models import Invitation

    box, port = mailbox
    link = "http://localhost/{}".format
    with through("smtp://127.0.0.1:1"), pytest.raises(mail.NotSent):
        invitations.invite(LOCAL, "nia@example.org", "Nia", ["nurse"], link)
    made = Invitation.objects.get()
    assert made.state == "open"
    with through(f"smtp://os%20ler:p%40ss%3Aw@127.0.0.1:{port}"):
        address = invitations.again(LOCAL, made, link, "Elm")
    assert address in box.got[0][1].get_content()


def test_without_a_server_mails_lie_in_the_outbox(pages: None) -> None:
    from osler.identity import mail
    from osler.identity.models import Mail

    assert mail.is_outbox()
    mail.send("nia@example.org", "S", "text")
    assert Mail.objects.get().recipient == "nia@example.org"


def test_beyond_this_machine_mail_is_encrypted() -> None:
    assert django_mail(Settings(smtp_url="smtp://mail.example.org"))["EMAIL_USE_TLS"] is True
    made = django_mail(Settings(smtp_url="smtps://mail.example.org"))
    assert (made["EMAIL_USE_SSL"], made["EMAIL_USE_TLS"], made["EMAIL_PORT"]) == (True, False, 465)


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://h", "smtp://", "smtp://h/x", "smtp://h:x"]
)
def test_addresses_of_servers_that_are_none(url: str) -> None:
    with pytest.raises(BadSettings) as failure:
        Settings.load({"OSLER_SMTP_URL": url})
    assert "OSLER_SMTP_URL" in str(failure.value)


def test_the_outbox_page_is_for_administrators_on_this_machine(pages: None) -> None:
    from osler.identity import mail
    from tests.identity import people

    mail.send("nia@example.org", "The subject", "text")
    nurse = people.signed_in(people.with_app(people.nurse("ana")))
    assert nurse.get("/staff/outbox/").status_code == 403
    boss = people.with_app(people.nurse("eve"))
    boss.roles = ["practice-admin"]
    boss.save()
    client = people.signed_in(boss)
    assert b"The subject" in client.get("/staff/outbox/").content
    assert client.get("/staff/outbox/", REMOTE_ADDR="192.0.2.7").status_code == 403
    with through("smtp://127.0.0.1:1"):
        assert client.get("/staff/outbox/").status_code == 404
