"""The results page on a slow phone: a processor a quarter as fast, 1.6 Mbit/s, 150 ms away.

python -m tests.benchmarks.pages --url http://127.0.0.1:8000
"""

import argparse
import os
import shutil
import statistics
from collections.abc import Sequence

from playwright.sync_api import Browser, sync_playwright

_ROUNDS = 5
_PAGES = ("/", "/?q=side+effects", "/?q=clinics+near+austin", "/?q=i+want+to+die")
_NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
_OBSERVE = """
window.painted = 0; window.slowest = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) painted = entry.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => { for (const one of list.getEntries()) slowest = Math.max(slowest, one.duration); })
  .observe({ type: "event", buffered: true, durationThreshold: 16 });
"""


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m tests.benchmarks.pages") -> None:
    """Print the largest paint, the bytes, and how long a typed letter takes to be shown."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    options = parser.parse_args(arguments)
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for path in _PAGES:
            runs = [_visit(browser, options.url + path) for _ in range(_ROUNDS)]
            paint, size, letter = (statistics.median(values) for values in zip(*runs, strict=True))
            print(f"{path:26} largest paint {paint:5.0f} ms   {size / 1024:5.1f} KB   slowest letter {letter:4.0f} ms")


def _visit(browser: Browser, url: str) -> tuple[float, float, float]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    received = [0.0]
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.add_init_script(_OBSERVE)
    page.goto(url, wait_until="load")
    page.wait_for_timeout(500)
    paint = page.evaluate("painted")
    page.get_by_role("combobox", name="Search articles and clinics").press_sequentially(" ketamine", delay=120)
    page.wait_for_timeout(1_000)
    letter = page.evaluate("slowest")
    context.close()
    return paint, sum(received), letter


if __name__ == "__main__":
    main()
