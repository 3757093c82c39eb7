"""Pictures of the pages on desktop and phone, in light and dark, to look at.

python -m tests.browser.screenshots --url http://127.0.0.1:8000 --key KEY --to build/screenshots
"""

import argparse
import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

_DEVICES = {
    "readme": {"viewport": {"width": 1100, "height": 820}},
    "desktop": {"viewport": {"width": 1200, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    },
}
_PAGES = {
    "start": "/",
    "results": "/?q=spravatto+side+efects",
    "clinics": "/?q=clinics+near+dallas+under+%24700",
    "close": "/?q=clinics+near+austin+that+take+aetna",
    "crisis": "/?q=i+want+to+die",
    "nothing": "/?tag=nothing",
    "article": "/read/side-effects?q=how+long+do+side+effects+last&at=how-long-does-each-effect-last",
    "clinic": "/clinics/clinic-0004?q=clinics+near+san+antonio",
    "compare": "/compare?compare=clinic-0004&compare=clinic-0007&compare=clinic-0010",
    "missing": "/nowhere",
}


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--key", default="", help="an editor's key, for the console")
    parser.add_argument("--to", type=Path, default=Path("build/screenshots"))
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for device, settings in _DEVICES.items():
            for scheme in ("light", "dark"):
                page = browser.new_context(color_scheme=scheme, **settings).new_page()
                _take(page, options.url, options.to / f"{device}-{scheme}", options.key)


def _take(page: Page, url: str, to: Path, key: str) -> None:
    for name, path in _PAGES.items():
        page.goto(url + path)
        page.wait_for_timeout(200)
        page.screenshot(path=f"{to}-{name}.png")
    page.goto(url)
    page.get_by_role("combobox", name="Search articles and clinics").press_sequentially("ketamin")
    page.wait_for_timeout(500)
    page.screenshot(path=f"{to}-suggestions.png")
    page.goto(f"{url}/editor")
    page.screenshot(path=f"{to}-sign-in.png")
    if key:
        page.get_by_label("Key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_timeout(1_000)
        page.screenshot(path=f"{to}-console.png", full_page=True)


if __name__ == "__main__":
    main()
