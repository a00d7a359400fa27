"""Debian's nginx with the configuration we ship, as a process of the tests' own on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tests import apt

_SHIPPED = Path(__file__).parents[1] / "deploy" / "nginx" / "osler.conf"
_MAIN = """
{user}
daemon off;
pid {home}/pid;
error_log {home}/error.log notice;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    include {home}/osler.conf;
}}
"""


@dataclass(frozen=True)
class Absent:
    """Why there is no nginx to test with."""

    why: str


@dataclass(frozen=True)
class Nginx:
    """A running nginx: its ports, and what it writes."""

    http: int
    https: int
    home: Path

    def logged(self) -> str:
        """All that it has written to its logs."""
        return "".join(path.read_text("utf-8") for path in sorted(self.home.glob("*.log")))


@lru_cache(maxsize=1)
def prepare() -> Path | Absent:
    """The program, installed first where we are root on Debian."""
    found = _find()
    if found is not None:
        return found
    why = apt.install("nginx")
    if why is not None:
        return Absent(why)
    return _find() or Absent("apt-get installed no nginx")


def _find() -> Path | None:
    found = apt.find("nginx")
    return Path(found) if found else None


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(
    program: Path, osler: int, cert: Path, key: Path, https: int | None = None
) -> Iterator[Nginx]:
    """nginx before the Osler on this port, with the shipped configuration but for places and ports."""
    with tempfile.TemporaryDirectory(prefix="osler-nginx-") as folder:
        nginx = Nginx(free_port(), https or free_port(), Path(folder))
        (nginx.home / "osler.conf").write_text(_placed(nginx, osler, cert, key), "utf-8")
        user = "user root;" if os.geteuid() == 0 else ""
        main = nginx.home / "nginx.conf"
        main.write_text(_MAIN.format(home=nginx.home, user=user), "utf-8")
        command = [str(program), "-c", str(main), "-p", folder, "-e", f"{folder}/start.log"]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        process = subprocess.Popen(command)
        try:
            _await(nginx, process)
            yield nginx
        finally:
            process.terminate()
            process.wait(timeout=30)


def _placed(nginx: Nginx, osler: int, cert: Path, key: Path) -> str:
    """The shipped text with our places; each must be in it."""
    text = _SHIPPED.read_text("utf-8")
    for ours, mine in {
        "server 127.0.0.1:8000": f"server 127.0.0.1:{osler}",
        "listen 80": f"listen 127.0.0.1:{nginx.http}",
        "listen 443": f"listen 127.0.0.1:{nginx.https}",
        "ehr.example.org": "localhost",
        "/etc/osler/tls/fullchain.pem": str(cert),
        "/etc/osler/tls/privkey.pem": str(key),
        "/var/log/nginx/": f"{nginx.home}/",
    }.items():
        assert ours in text, f"the shipped configuration has no {ours}"
        text = text.replace(ours, mine)
    return text


def _await(nginx: Nginx, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        assert process.poll() is None, nginx.logged()
        try:
            socket.create_connection(("127.0.0.1", nginx.https), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nginx does not answer: {nginx.logged()}")
