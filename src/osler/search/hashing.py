"""Numbers for names: a parameter as an int4, anything a resource can be found by as a signed bigint key."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

_SEPARATOR = "\x1f"


def param_id(name: str) -> int:
    """A positive 31-bit number for a parameter name such as "Observation.code"."""
    digest = blake2b(name.encode(), digest_size=4, person=b"osler.param").digest()
    return int.from_bytes(digest, "big") & 0x7FFFFFFF


@lru_cache(maxsize=1 << 16)
def key(*parts: str) -> int:
    """The signed 64-bit key of a tuple of strings: the form of key, the parameter's name, then the values."""
    data = _SEPARATOR.join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(
        blake2b(data, digest_size=8, person=b"osler.key").digest(), "big", signed=True
    )


# The forms of keys. A coding of system S and code C gives CODING, CODE and SYSTEM keys; `|C` (no system)
# is a CODING with an empty system.
CODING = "c"
CODE = "a"
SYSTEM = "s"
PRESENT = "p"
TEXT = "t"
EXACT = "x"
OF_TYPE = "o"
URI = "u"
LONG = "l"
PAIR = "2"


@lru_cache(maxsize=1 << 16)
def coding_keys(name: str, system: str | None, code: str | None) -> tuple[int, ...]:
    """The keys under which a coding of parameter `name` is found."""
    if code is None:
        return (key(SYSTEM, name, system),) if system else ()
    found = (key(CODING, name, system or "", code), key(CODE, name, code))
    return (*found, key(SYSTEM, name, system)) if system else found
