"""Twenty people at work on a server: `python -m bench.pages_people PORT SECONDS THINK STAFF PATIENTS` tells times.

Each signs in with a password at the page for it and then goes round: opens a chart, searches, looks at results, writes
vital signs and a note, each time of another patient. A step takes until the last byte of its answer has come.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from html.parser import HTMLParser
from itertools import count
from random import Random
from urllib.parse import urlencode

from bench.pages_data import EMPTY, LONG, ORDINARY

PASSWORD = "seven heron under umber"
_WORDS = (
    "Smith,Garcia,Nguyen,Ander,Bak,Carlson,Hartwell,Smith Anna,Garcia Leo,Okonson,0000123,4/12/1961"
)
Times = dict[str, list[float]]


class Form(HTMLParser):
    """The fields of the form that posts to `action`, as a browser would send them."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._action, self._inside = action, False
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._inside = given.get("action", "") == self._action
        elif not self._inside:
            return
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in {"checkbox", "radio", "file", "submit"} or "checked" in given:
                self.fields.append((name, given.get("value", "")))
        elif tag == "select":
            self._select = name
            self.fields.append((name, ""))
        elif tag == "option" and self._select and "selected" in given:
            self.fields[-1] = (self._select, given.get("value", ""))
        elif tag == "textarea":
            self._area = name
            self.fields.append((name, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            name, text = self.fields[-1]
            self.fields[-1] = (name, text + data)


class Person:
    """A browser without a screen: one connection, cookies, and a clock on every answer."""

    def __init__(self, port: int, number: int, think: float) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._think = think
        self._chance = Random(number)
        self.number = number
        self.times: Times = defaultdict(list)

    def sign_in(self) -> None:
        """By the form."""
        page = self._ask("GET", "/account/login/")
        parser = Form("/account/login/")
        parser.feed(page)
        token = dict(parser.fields).get("csrfmiddlewaretoken") or self._cookies["osler-csrf"]
        typed = {"login": f"bench{self.number}", "password": PASSWORD, "csrfmiddlewaretoken": token}
        self._ask("POST", "/account/login/", list(typed.items()), expect=302)
        self._connection.close()  # The server ends connections that wait for as long as the others need.

    def work(self, until: Callable[[], bool], patients: int) -> None:
        """Go round until it is time to stop."""
        steps = self.steps(patients, self.number)
        time.sleep(self._chance.random() * self._think)
        while not until():
            next(steps)
            if self._think:
                time.sleep(self._think * (0.5 + self._chance.random()))

    def steps(self, patients: int, first: int = 0) -> Iterator[str]:
        """Each step's name once it is done, round after round; the first round begins somewhere else for everybody."""
        ways = (self._look, self._find, self._measure, self._write)
        for number in count(first):
            id = f"b{self._chance.randrange(min(ORDINARY, patients))}"
            yield from ways[number % len(ways)](id)

    def _look(self, id: str) -> Iterator[str]:
        yield self._show("a page with nothing of a patient", "/preferences/")
        yield self._show("open an empty chart", f"/patients/{EMPTY}/")
        yield self._show("open a chart", f"/patients/{id}/")
        yield self._show("open the long chart", f"/patients/{LONG}/")

    def _find(self, id: str) -> Iterator[str]:
        yield self._search()
        yield self._show("open results", f"/patients/{id}/results/")
        yield self._show("open the long chart's results", f"/patients/{LONG}/results/")

    def _measure(self, id: str) -> Iterator[str]:
        address = f"/patients/{id}/vitals/new/"
        yield self._form("vitals form", address)
        yield self._vitals(address)

    def _write(self, id: str) -> Iterator[str]:
        address = f"/patients/{id}/notes/new/"
        yield self._form("note editor", f"{address}?template=free", address)
        yield self._draft(id)
        yield self._note(address)

    def _show(self, name: str, address: str) -> str:
        self._timed(name, "GET", address)
        return name

    def _timed(
        self,
        name: str,
        method: str,
        path: str,
        fields: list[tuple[str, str]] | None = None,
        expect: int = 200,
    ) -> str:
        began = time.perf_counter()
        body = self._ask(method, path, fields, expect=expect)
        self.times[name].append((time.perf_counter() - began) * 1000)
        return body

    def _search(self) -> str:
        typed = self._chance.choice(_WORDS.split(","))
        fields = [("q", typed), ("csrfmiddlewaretoken", self._cookies["osler-csrf"])]
        self._timed("search a patient", "POST", "/patients/", fields=fields)
        return "search a patient"

    def _form(self, name: str, address: str, action: str = "") -> str:
        page = self._timed(f"open the {name}", "GET", address)
        parser = Form(action or address)
        parser.feed(page)
        if not parser.fields:
            raise RuntimeError(f"{address} has no form that posts to {action or address}")
        self._fields = parser.fields
        return f"open the {name}"

    def _vitals(self, address: str) -> str:
        taken = {
            "bp": f"{self._chance.randint(118, 140)}/{self._chance.randint(65, 80)}",
            "hr": str(self._chance.randint(60, 90)),
            "rr": "16",
            "spo2": "98",
        }
        fields = [(name, taken.get(name, value)) for name, value in self._fields]
        self._timed("save vitals", "POST", address, fields=fields, expect=303)
        return "save vitals"

    def _draft(self, id: str) -> str:
        """As the editor does every few seconds; kept under a new key each time, and dropped again untimed."""
        token = self._cookies["osler-csrf"]
        text = json.dumps({name: [value + " and more"] for name, value in self._fields})
        about = [("key", "note:new:bench"), ("patient", id), ("csrfmiddlewaretoken", token)]
        fields = [*about, ("base", ""), ("tab", "bench"), ("known", ""), ("fields", text)]
        self._timed("save a draft", "POST", "/drafts/", fields=fields)
        self._ask("POST", "/drafts/discard/", about, accept="application/json")
        return "save a draft"

    def _note(self, address: str) -> str:
        text = "Feels well. Sleeps well. Takes the tablets every day.\n" * 12
        fields = [(n, text if n == "s0" else value) for n, value in self._fields]
        given = [*fields, ("act", "close")]
        self._timed("save a note", "POST", address, fields=given, expect=303)
        return "save a note"

    def _ask(
        self,
        method: str,
        path: str,
        fields: list[tuple[str, str]] | None = None,
        *,
        expect: int = 200,
        accept: str = "text/html",
    ) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies, "Accept": accept, "User-Agent": "bench"}
        if accept == "text/html":
            headers["Sec-Fetch-Mode"] = "navigate"
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.status != expect:
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {_said(text)}")
        return text


def _said(page: str) -> str:
    """The words of a page's main part."""
    main = page.partition("<main")[2].partition("</main>")[0] or page
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())[:2000]


def main() -> None:
    """Sign in, wait for a line that says how all may begin, work, tell."""
    port, seconds, think, staff, patients = sys.argv[1:]
    people = [Person(int(port), n, float(think)) for n in range(int(staff))]
    for one in people:
        one.sign_in()
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + float(seconds)
    failed: list[str] = []

    def go(one: Person) -> None:
        try:
            one.work(lambda: time.monotonic() > end, int(patients))
        except Exception as error:  # noqa: BLE001 - told below: a thread has nobody to tell
            failed.append(repr(error))

    threads = [threading.Thread(target=go, args=(one,)) for one in people]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    all_times: Times = defaultdict(list)
    for one in people:
        for name, some in one.times.items():
            all_times[name] += some
    print(json.dumps({"times": all_times, "failed": failed}))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
