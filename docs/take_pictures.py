"""Takes the pictures of this documentation from a running Watersmeet, in a real browser.

    .venv/bin/python docs/take_pictures.py [STATE]

STATE is the state folder of a ``watersmeet up`` whose deliveries are loaded. It needs the Debian
package chromium, and playwright from ``make test``.
"""

import configparser
import json
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from repository.database import connected, database_url

IMAGES = Path(__file__).parent / "images"
FEED = "northmoor__spend"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def main(state: Path) -> None:
    """Log in and take every picture."""
    settings = configparser.RawConfigParser()
    settings.read(state / "airflow" / "airflow.cfg")
    url = settings["api"]["base_url"]
    password = json.loads((state / "airflow" / "passwords.json").read_text())["admin"]
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        page = browser.new_page(
            viewport={"width": 1280, "height": 800},
            locale="en-GB",
            timezone_id="Europe/London",
            color_scheme="light",
        )
        page.goto(f"{url}/auth/login?next=/")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{url}/")
        page.goto(f"{url}/dags")
        page.get_by_label("Show table view").click()
        picture(page, f"{url}/dags", "dag-list", "text=Northmoor Council")
        run = page.request.get(f"{url}/api/v2/dags/{FEED}/dagRuns?state=success&limit=1").json()
        run_id = run["dag_runs"][0]["dag_run_id"]
        picture(page, f"{url}/dags/{FEED}/runs/{run_id}", "run", "text=reconcile")
        picture(page, f"{url}/plugin/deliveries", "deliveries", None)
        picture(page, f"{url}/catalogue/tables/payment.html", "catalogue-table", "#columns")
        # A column whose way shows rules: a payment's date, of the supplier who writes it his way.
        asked = f"entity=payment&id={a_payment(state)}&column=paid_on"
        page.goto(f"{url}/deliveries/explain?{asked}")
        page.fill("input[name=why]", "the supplier asks which cell it was")
        page.get_by_role("button", name="Read the cell").click()
        page.get_by_text("Proved:").wait_for()
        keep(page, "explain")
        browser.close()


def a_payment(state: Path) -> str:
    """The identifier of the first payment of the feed."""
    feed = FEED.replace("__", "/")
    with connected(database_url(state)) as conn:
        row = conn.execute(
            "SELECT payment_id FROM store.payment JOIN watersmeet.feed USING (feed_id)"
            " WHERE name = %s ORDER BY delivery_id, row_number LIMIT 1",
            (feed,),
        ).fetchone()
    if row is None:
        raise LookupError(f"{feed} has brought no payment yet")
    return str(row[0])


def picture(page: Page, address: str, name: str, wait_for: str | None) -> None:
    """Open a page, wait until it shows what it should, and keep it."""
    page.goto(address)
    if wait_for:
        page.locator(wait_for).first.wait_for()
    page.wait_for_timeout(4000)  # the grid and the graph draw themselves late
    keep(page, name)


def keep(page: Page, name: str) -> None:
    """Keep what is seen now."""
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".watersmeet"))
