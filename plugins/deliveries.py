"""SEE: the pages of ours inside the Airflow UI, registered so that no process pays for them.

Every Airflow process loads this file, tasks too. The pages themselves, and Airflow's own security
they stand behind, are imported at the first request.
"""

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/deliveries"


class OnFirstRequest:
    """The ASGI application of the pages, imported when somebody asks for one."""

    def __init__(self) -> None:
        self._pages = None

    async def __call__(self, scope, receive, send) -> None:
        """Answer one request."""
        if self._pages is None:
            from watersmeet_pages.app import make_app

            self._pages = make_app()
        await self._pages(scope, receive, send)


class Deliveries(AirflowPlugin):
    """The page of deliveries, in the menu and on every feed's DAG."""

    name = "watersmeet"
    fastapi_apps = [{"app": OnFirstRequest(), "url_prefix": PREFIX, "name": "Deliveries"}]
    external_views = [
        {
            "name": "Deliveries",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "category": "browse",
            "url_route": "deliveries",
        },
        {
            "name": "Deliveries",
            "href": f"{PREFIX}/dags/{{DAG_ID}}",
            "destination": "dag",
            "url_route": "feed-deliveries",
        },
    ]
