import json

import litellm

from program import GATEWAY, KEY, TOOL, run
from review import Review

TOOLS = [{"type": "function", "function": TOOL}]

# It would write to standard output.
litellm.suppress_debug_info = True


def options(cell):
    reasoning = {"reasoning_effort": "medium", "allowed_openai_params": ["reasoning_effort"]} if cell.reasoning else {}
    return {
        "model": f"openai/{cell.model}",
        "api_base": f"{GATEWAY}/v1",
        "api_key": KEY,
        "num_retries": 0,
        "max_retries": 0,
        **reasoning,
    }


def messages(cell):
    if cell.image is None:
        return [{"role": "user", "content": cell.prompt}]
    url = f"data:image/png;base64,{cell.image}"
    content = [{"type": "text", "text": cell.prompt}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": content}]


def observed(response):
    message = response.choices[0].message
    return {
        "text": message.content,
        "reasoning": getattr(message, "reasoning_content", None),
        "usage": {"input": response.usage.prompt_tokens, "output": response.usage.completion_tokens},
    }


async def whole(cell):
    return observed(await litellm.acompletion(messages=messages(cell), **options(cell)))


async def chunks_of(cell, asked, **more):
    stream = await litellm.acompletion(
        messages=asked, stream=True, stream_options={"include_usage": True}, **options(cell), **more
    )
    chunks = []
    async for chunk in stream:
        chunks.append(chunk)
        if chunk.choices and chunk.choices[0].delta.content:
            cell.piece()
    return litellm.stream_chunk_builder(chunks, messages=asked)


async def stream(cell):
    return observed(await chunks_of(cell, messages(cell)))


def called(message):
    return [{"name": call.function.name, "input": json.loads(call.function.arguments)} for call in message.tool_calls]


def following(cell, message):
    results = [{"role": "tool", "tool_call_id": call.id, "content": cell.tool_result} for call in message.tool_calls]
    return [*messages(cell), message.model_dump(exclude_none=True), *results]


async def tools(cell):
    first = await litellm.acompletion(messages=messages(cell), tools=TOOLS, **options(cell))
    message = first.choices[0].message
    second = await litellm.acompletion(messages=following(cell, message), tools=TOOLS, **options(cell))
    return {"calls": called(message), "text": second.choices[0].message.content}


async def streamed_tools(cell):
    message = (await chunks_of(cell, messages(cell), tools=TOOLS)).choices[0].message
    second = await chunks_of(cell, following(cell, message), tools=TOOLS)
    return {"calls": called(message), "text": second.choices[0].message.content}


async def structured(cell):
    response = await litellm.acompletion(messages=messages(cell), response_format=Review, **options(cell))
    return {"value": Review.model_validate_json(response.choices[0].message.content).model_dump()}


run(
    whole=whole,
    stream=stream,
    tools=tools,
    streamedTools=streamed_tools,
    structured=structured,
    whole_left=whole,
    stream_left=stream,
)
