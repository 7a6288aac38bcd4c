"""SEE: the pages of ours inside the Airflow UI, registered so that no process pays for them.

Every Airflow process loads this file, tasks too. The pages themselves, and Airflow's own security
they stand behind, are imported at the first request.
"""

from importlib import import_module

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/deliveries"
MENU = (
    ("", "Deliveries", "deliveries"),
    ("kitemarks", "Kitemarks", "kitemarks"),
    ("held", "Held deliveries", "held-deliveries"),
    ("quarantine", "Quarantine", "quarantine"),
    ("codes", "Codes worklist", "codes-worklist"),
    ("explain", "Explain a value", "explain-a-value"),
)
"""Path below the prefix, name and route of each page in Airflow's menu."""


class OnFirstRequest:
    """The ASGI application of the pages, imported when somebody asks for one."""

    def __init__(self, module: str = "app") -> None:
        self._pages, self._module = None, f"watersmeet_pages.{module}"

    async def __call__(self, scope, receive, send) -> None:
        """Answer one request."""
        if self._pages is None:
            self._pages = import_module(self._module).make_app()
        await self._pages(scope, receive, send)


class Deliveries(AirflowPlugin):
    """The pages, in the menu, and that of deliveries on every feed's DAG."""

    name = "watersmeet"
    fastapi_apps = [
        {"app": OnFirstRequest(), "url_prefix": PREFIX, "name": "Deliveries"},
        {"app": OnFirstRequest("catalogue"), "url_prefix": "/catalogue", "name": "Catalogue"},
    ]
    external_views = [
        *(
            {
                "name": name,
                "href": f"{PREFIX}/{path}",
                "destination": "nav",
                "category": "browse",
                "url_route": route,
            }
            for path, name, route in MENU
        ),
        {
            "name": "Catalogue",
            "href": "/catalogue/",
            "destination": "nav",
            "category": "browse",
            "url_route": "catalogue",
        },
        {
            "name": "Deliveries",
            "href": f"{PREFIX}/dags/{{DAG_ID}}",
            "destination": "dag",
            "url_route": "feed-deliveries",
        },
    ]
