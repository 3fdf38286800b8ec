"""Take the pictures of the report that README.md shows: ``make screenshots``, with Chromium installed."""

import base64
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.browser import browser  # noqa: E402

PICTURES = {
    "report-light.webp": (1600, 900, False, "#topology"),
    "report-dark.webp": (400, 800, True, "#environments"),
}
"""File, width and height in pixels, dark theme, and the part of the page that is at the top."""
QUALITY = 60


def main() -> int:
    """Write the pictures to ``docs/``."""
    report = ROOT / "dist" / "report" / "index.html"
    with browser() as page:
        for name, (width, height, dark, part) in PICTURES.items():
            page.open(report, width=width, height=height, dark=dark)
            page.run(f"document.querySelector('{part}').scrollIntoView()")
            shot = page.call("Page.captureScreenshot", format="webp", quality=QUALITY)
            data = base64.b64decode(shot["data"])
            (ROOT / "docs" / name).write_bytes(data)
            print(f"docs/{name}: {width} by {height}, {len(data) // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
