"""Draw ``docs/report.png`` for the README: the top of the newest report of a training in outputs/."""

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2

ROOT = Path(__file__).parents[1]
_BROWSER = "/usr/bin/chromium"
_SIZE = (1280, 1560)
_WIDTH = 960


def main() -> int:
    """Open the page in a real browser, take its picture and scale it down."""
    reports = sorted((ROOT / "outputs").glob("20*/*/report.html"), key=lambda path: path.stat().st_mtime)
    if not reports:
        sys.stderr.write("error: there is no report in outputs/\nhint: make train\n")
        return 1
    with tempfile.TemporaryDirectory() as profile:
        picture = Path(profile) / "page.png"
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
        flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        flags += [f"--user-data-dir={profile}", f"--window-size={_SIZE[0]},{_SIZE[1]}"]
        subprocess.run(
            [_BROWSER, *flags, f"--screenshot={picture}", reports[-1].as_uri()],
            check=True,
            capture_output=True,
        )
        page = cv2.imread(str(picture))
    assert page is not None
    height = round(page.shape[0] * _WIDTH / page.shape[1])
    cv2.imwrite(
        str(ROOT / "docs" / "report.png"), cv2.resize(page, (_WIDTH, height), interpolation=cv2.INTER_AREA)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
