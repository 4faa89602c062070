"""Runs ministack on the sandbox's clock: every request carries the virtual time in x-sluice-now (milliseconds)."""

import sys

import time_machine

sys.argv = ["ministack"]

import ministack.app as application  # noqa: E402  (argv is read on import)

traveller = time_machine.travel(1.2e9, tick=False)
clock = traveller.start()
inner = application.app


async def app(scope, receive, send):
    """Moves time to the request's before ministack sees the request."""
    if scope["type"] == "http":
        for name, value in scope["headers"]:
            if name == b"x-sluice-now":
                clock.move_to(int(value) / 1000)
                break
    await inner(scope, receive, send)


application.app = app
application.main()
