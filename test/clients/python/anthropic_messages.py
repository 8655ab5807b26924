from anthropic import Anthropic, AsyncAnthropic

from program import GATEWAY, KEY, TOOL, run
from review import Review

OPTIONS = {"base_url": GATEWAY, "api_key": KEY, "max_retries": 0}
anthropic = Anthropic(**OPTIONS)
TOOLS = [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["parameters"]}]


def messages(cell):
    if cell.image is None:
        return [{"role": "user", "content": cell.prompt}]
    source = {"type": "base64", "media_type": "image/png", "data": cell.image}
    return [
        {"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": cell.prompt}]}
    ]


def request(cell):
    thinking = {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}} if cell.reasoning else {}
    return {"model": cell.model, "max_tokens": 4096, "messages": messages(cell), **thinking}


def observe(message):
    return {
        "text": "".join(block.text for block in message.content if block.type == "text"),
        "reasoning": "".join(block.thinking for block in message.content if block.type == "thinking"),
        "usage": {"input": message.usage.input_tokens, "output": message.usage.output_tokens},
    }


def whole(cell):
    return observe(anthropic.messages.create(**request(cell)))


def stream(cell):
    text, reasoning, given, written = "", "", None, None
    for event in anthropic.messages.create(**request(cell), stream=True):
        if event.type == "message_start":
            given = event.message.usage.input_tokens
        if event.type == "message_delta":
            given = event.usage.input_tokens or given
            written = event.usage.output_tokens
        if event.type == "content_block_delta" and event.delta.type == "thinking_delta":
            reasoning += event.delta.thinking
        if event.type == "content_block_delta" and event.delta.type == "text_delta":
            text += event.delta.text
    return {"text": text, "reasoning": reasoning, "usage": {"input": given, "output": written}}


def streamed(**arguments):
    with anthropic.messages.stream(**arguments) as events:
        return events.get_final_message()


def helper(cell):
    return observe(streamed(**request(cell)))


def called(message):
    return [{"name": block.name, "input": block.input} for block in message.content if block.type == "tool_use"]


def following(cell, message):
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": cell.tool_result}
        for block in message.content
        if block.type == "tool_use"
    ]
    turns = [{"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
    return {**request(cell), "messages": [*messages(cell), *turns]}


def tools(cell):
    first = anthropic.messages.create(**request(cell), tools=TOOLS)
    second = anthropic.messages.create(**following(cell, first), tools=TOOLS)
    return {"calls": called(first), "text": observe(second)["text"]}


def streamed_tools(cell):
    first = streamed(**request(cell), tools=TOOLS)
    second = streamed(**following(cell, first), tools=TOOLS)
    return {"calls": called(first), "text": observe(second)["text"]}


def structured(cell):
    message = anthropic.messages.parse(**request(cell), output_format=Review)
    return {"value": message.parsed_output.model_dump()}


async def whole_left(cell):
    async with AsyncAnthropic(**OPTIONS) as client:
        await client.messages.create(**request(cell))
    return {}


async def stream_left(cell):
    async with AsyncAnthropic(**OPTIONS) as client:
        async for event in await client.messages.create(**request(cell), stream=True):
            if event.type == "content_block_delta":
                cell.piece()
    return {}


run(
    whole=whole,
    stream=stream,
    helper=helper,
    tools=tools,
    streamedTools=streamed_tools,
    structured=structured,
    whole_left=whole_left,
    stream_left=stream_left,
)
