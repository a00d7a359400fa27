"""Time stamps as OpenSSL writes them, put into the strict order that DER asks of sets.

OpenSSL sends the certificates of an authority's chain in the order of its file; X.690 (11.6) wants a set in
the order of its encodings, and our reader insists. The signature does not cover that order.
"""

from __future__ import annotations

_CONSTRUCTED_0 = 0xA0


def ordered(response: bytes) -> bytes:
    """A TimeStampResp whose certificates are in DER's order; ValueError where it is none.

    TimeStampResp: status, token; the token: its kind, [0] SignedData: version, algorithms, content, [0] certificates.
    https://www.rfc-editor.org/rfc/rfc5652#section-5.1
    """
    whole = _parts(response)
    if len(whole) != 1:
        raise ValueError("something stands behind the time stamp")
    return _within(whole[0], (1, 1, 0, 3))


def _within(element: bytes, path: tuple[int, ...]) -> bytes:
    """The element with the set at `path` (the numbers of the elements on the way) in order."""
    tag, inside = element[0], _content(element)
    parts = _parts(inside)
    if not path:
        return _made(tag, b"".join(sorted(parts)))
    if len(parts) > path[0]:
        last = len(path) == 1
        if not last or parts[path[0]][0] == _CONSTRUCTED_0:
            parts[path[0]] = _within(parts[path[0]], path[1:])
    return _made(tag, b"".join(parts))


def _parts(data: bytes) -> list[bytes]:
    """The elements that stand one after another."""
    found = []
    while data:
        start, size = _header(data)
        if len(data) < start + size:
            raise ValueError("the time stamp is cut off")
        found.append(data[: start + size])
        data = data[start + size :]
    return found


def _content(element: bytes) -> bytes:
    start, size = _header(element)
    return element[start : start + size]


def _header(data: bytes) -> tuple[int, int]:
    """(bytes of tag and length, bytes of content) of the first element."""
    if len(data) < 2:
        raise ValueError("the time stamp is cut off")
    if data[1] < 0x80:
        return 2, data[1]
    count = data[1] & 0x7F
    if not 1 <= count <= 4:
        raise ValueError("a length that DER does not allow")
    return 2 + count, int.from_bytes(data[2 : 2 + count])


def _made(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content
