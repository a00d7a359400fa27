"""The words of a PDF, read in a process of its own: PDF bytes come by stdin, one JSON text for each page leaves.

A broken or hostile PDF can end this process, and no more: it has no database, no keys, little memory and time.
"""

from __future__ import annotations

import json
import resource
import sys

MOST_PAGES = 500
MOST_LETTERS = 400_000
_SECONDS = 20
_BYTES = 1 << 30


def main() -> None:
    """Read stdin, write {"pages": count, "texts": [...], "whole": whether that is all of it}."""
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    import pypdfium2

    document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    texts: list[str] = []
    left, whole = MOST_LETTERS, len(document) <= MOST_PAGES
    for index in range(min(len(document), MOST_PAGES)):
        text = document[index].get_textpage().get_text_range()
        texts.append(text[:left])
        left -= len(text)
        if left < 0:
            whole = False
            break
    json.dump({"pages": len(document), "texts": texts, "whole": whole}, sys.stdout)


if __name__ == "__main__":
    main()
