"""Runs ministack on the sandbox's clock: every request carries the virtual time in x-sluice-now (milliseconds)."""

import os
import sys

import time_machine

sys.argv = ["ministack"]

import ministack.app as application  # noqa: E402  (argv is read on import)
import athena_trino  # noqa: E402
import uvicorn  # noqa: E402
from ministack.services import s3  # noqa: E402

athena_trino.install()
# The sandbox itself tells of objects; here each write to a bucket with notifications would start a thread that tells nobody.
s3._fire_s3_event_async = lambda *_, **__: None

traveller = time_machine.travel(1.2e9, tick=False)
clock = traveller.start()


async def app(scope, receive, send):
    """Moves time to the request's before ministack sees the request."""
    if scope["type"] == "http":
        for name, value in scope["headers"]:
            if name == b"x-sluice-now":
                clock.move_to(int(value) / 1000)
                break
    await application.app(scope, receive, send)


# Its own server parses HTTP in Python; with httptools and uvloop a request costs a third of the time.
uvicorn.run(
    app,
    uds=os.environ["SLUICE_SOCKET"],
    http="httptools",
    loop="auto",
    lifespan="on",
    log_level="error",
    access_log=False,
    timeout_keep_alive=75,
)
