from ollama import AsyncClient, Client

from program import GATEWAY, KEY, TOOL, run
from review import Review

OPTIONS = {"host": GATEWAY, "headers": {"authorization": f"Bearer {KEY}"}}
ollama = Client(**OPTIONS)
TOOLS = [{"type": "function", "function": TOOL}]


def messages(cell):
    images = {"images": [cell.image]} if cell.image is not None else {}
    return [{"role": "user", "content": cell.prompt, **images}]


def request(cell):
    think = {"think": True} if cell.reasoning else {}
    return {"model": cell.model, "messages": messages(cell), **think}


def usage_of(response):
    return {"input": response.prompt_eval_count, "output": response.eval_count}


def folded(responses):
    """The message of a stream, and what its last line says."""
    message = {"role": "assistant", "content": "", "thinking": "", "tool_calls": []}
    usage = None
    for response in responses:
        message["content"] += response.message.content or ""
        message["thinking"] += response.message.thinking or ""
        message["tool_calls"] += response.message.tool_calls or []
        usage = usage_of(response)
    return message, usage


def whole(cell):
    response = ollama.chat(**request(cell))
    return {
        "text": response.message.content,
        "reasoning": response.message.thinking or "",
        "usage": usage_of(response),
    }


def stream(cell):
    message, usage = folded(ollama.chat(**request(cell), stream=True))
    return {"text": message["content"], "reasoning": message["thinking"], "usage": usage}


def called(calls):
    return [{"name": call.function.name, "input": dict(call.function.arguments)} for call in calls or []]


def following(cell, message, calls):
    results = [{"role": "tool", "content": cell.tool_result, "tool_name": call.function.name} for call in calls or []]
    return {**request(cell), "messages": [*messages(cell), message, *results]}


def tools(cell):
    message = ollama.chat(**request(cell), tools=TOOLS).message
    second = ollama.chat(**following(cell, message, message.tool_calls), tools=TOOLS)
    return {"calls": called(message.tool_calls), "text": second.message.content}


def streamed_tools(cell):
    message, _ = folded(ollama.chat(**request(cell), tools=TOOLS, stream=True))
    calls = message["tool_calls"]
    second, _ = folded(ollama.chat(**following(cell, message, calls), tools=TOOLS, stream=True))
    return {"calls": called(calls), "text": second["content"]}


def structured(cell):
    response = ollama.chat(**request(cell), format=Review.model_json_schema())
    return {"value": Review.model_validate_json(response.message.content).model_dump()}


async def whole_left(cell):
    await AsyncClient(**OPTIONS).chat(**request(cell))
    return {}


async def stream_left(cell):
    async for response in await AsyncClient(**OPTIONS).chat(**request(cell), stream=True):
        if response.message.content:
            cell.piece()
    return {}


run(
    whole=whole,
    stream=stream,
    tools=tools,
    streamedTools=streamed_tools,
    structured=structured,
    whole_left=whole_left,
    stream_left=stream_left,
)
