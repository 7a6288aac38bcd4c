"""``watersmeet serve``: the open tables over HTTP."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8090,
    root: Annotated[
        str, typer.Option(help="Path a reverse proxy serves it below, such as /open.")
    ] = "",
) -> None:
    """Serve the open tables to everybody who reaches it: read only, without a login.

    It connects as open_reader and can read nothing else; docs/api.md says how to ask it.

    Examples: watersmeet serve; watersmeet serve --host 0.0.0.0 --port 80 --root /open
    """
    import uvicorn

    from api.app import make_app
    from api.settings import open_url

    app = make_app(open_url())
    uvicorn.run(app, host=host, port=port, root_path=root, server_header=False)
