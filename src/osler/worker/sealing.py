"""The sealer beside the queue: every few seconds it seals what was written, for as long as the worker runs."""

from __future__ import annotations

import logging
import threading

from osler.kit.database import Database
from osler.kit.errors import OslerError
from osler.kit.settings import Settings
from osler.ledger.keys import Signer, WrongKey
from osler.record import sealing, signing

INTERVAL_S = 5.0

_log = logging.getLogger("osler.ledger")


class Sealer:
    """A thread of its own, so that no long job holds up the sealing. Of several workers one seals at a time."""

    def __init__(self, url: str, settings: Settings, interval_s: float = INTERVAL_S) -> None:
        self._database = Database(url, max_size=2, application_name="osler sealer")
        self._settings = settings
        self._interval_s = interval_s
        self._over = threading.Event()
        self._signer: Signer | None = None
        self._said = ""
        self._thread = threading.Thread(target=self._run, name="osler-sealer", daemon=True)

    def __enter__(self) -> Sealer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(
            self._interval_s * 4
        )  # A round that takes longer is given up with the process.
        self._database.close()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                more = self.once()
                self._said = ""
            except OslerError as error:
                more = False
                self._say(str(error))
            except Exception as error:  # noqa: BLE001 - sealing must go on when the trouble is over
                more = False
                self._say(f"{type(error).__name__} while sealing")
            if not more:
                self._over.wait(self._interval_s)

    def once(self) -> bool:
        """One round; whether there is more to seal at once."""
        try:
            return self._seal()
        except WrongKey:  # Another process may have introduced the next key.
            self._signer = None
            return self._seal()

    def _seal(self) -> bool:
        if self._signer is None:
            self._signer = signing.signer_of(self._database, self._settings)
        return sealing.seal(self._database, self._signer).more

    def _say(self, trouble: str) -> None:
        """Once, not every few seconds."""
        if trouble != self._said:
            _log.warning("nothing can be sealed: %s", trouble)
        self._said = trouble
