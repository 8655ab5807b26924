"""
The frame of every client's program: reads what to run from standard input, a line of JSON each, runs it with the client, and
writes what the client made of it.
"""

import asyncio
import json
import os
import sys
import time

GATEWAY = os.environ.get("GATEWAY_URL", "")
KEY = os.environ.get("GATEWAY_KEY", "")

TOOL = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
        "additionalProperties": False,
    },
}


class Cell:
    """One use of a client."""

    def __init__(self, fields):
        self.id = fields["id"]
        self.use = fields["use"]
        self.model = fields["model"]
        self.prompt = fields["prompt"]
        self.image = fields.get("image")
        self.reasoning = fields.get("reasoning", False)
        self.tool_result = fields["toolResult"]
        self.leave = fields.get("leave")
        self.piece = lambda: None


def describe(error):
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or {}
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    known = {"status": status if isinstance(status, int) else None, "retryAfter": headers.get("retry-after")}
    said = {key: value for key, value in known.items() if value is not None}
    return {"class": type(error).__name__, **said, "message": str(error)[:500]}


def write(**line):
    sys.stdout.write(json.dumps({key: value for key, value in line.items() if value is not None}) + "\n")
    sys.stdout.flush()


async def serve(client):
    """Runs what comes in, one after the other. A use is a function, or a coroutine where it can be left."""
    loop = asyncio.get_running_loop()
    lines = asyncio.Queue()
    current = None
    aborted_at = None

    def abort():
        nonlocal aborted_at
        if aborted_at is None:
            aborted_at = int(time.time() * 1000)
        if current is not None:
            current.cancel()

    async def read():
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            message = json.loads(line)
            if message == "leave":
                abort()
            else:
                await lines.put(Cell(message))
        await lines.put(None)

    reading = asyncio.create_task(read())
    while (cell := await lines.get()) is not None:
        name = f"{cell.use}_left" if cell.leave is not None else cell.use
        use = client.get(name)
        if use is None:
            write(id=cell.id, missing=True)
            continue
        aborted_at = None
        if cell.leave == "at-first-piece":
            cell.piece = abort
        try:
            if asyncio.iscoroutinefunction(use):
                current = asyncio.create_task(use(cell))
                observed = await asyncio.wait_for(current, 20)
            else:
                observed = await asyncio.wait_for(loop.run_in_executor(None, use, cell), 20)
            write(id=cell.id, abortedAt=aborted_at, **observed)
        except asyncio.TimeoutError:
            write(id=cell.id, error={"class": "TimeoutError", "message": "took longer than 20 s"})
        except (Exception, asyncio.CancelledError) as error:
            write(id=cell.id, abortedAt=aborted_at, error=describe(error))
    await reading
    os._exit(0)


def run(**client):
    asyncio.run(serve(client))
