"""The process that stops an embedded PostgreSQL once nobody uses its directory any more."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from pathlib import Path

from osler.kit.cluster import Cluster


def main(home: Path) -> int:
    """Wait until every user has let go of `users.lock`, then stop the server and end."""
    # A service manager signals the whole group: the users go first, and their going is our sign.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cluster = Cluster.at(home)
    alone = os.open(cluster.keeper_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    users = os.open(cluster.users_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(users, fcntl.LOCK_EX)
    cluster.stop()
    # In this order: a newcomer that gets its share must not still find a keeper.
    os.close(alone)
    os.close(users)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
