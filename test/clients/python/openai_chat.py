import json

from openai import AsyncOpenAI, OpenAI

from program import GATEWAY, KEY, TOOL, run
from review import Review

OPTIONS = {"base_url": f"{GATEWAY}/v1", "api_key": KEY, "max_retries": 0}
openai = OpenAI(**OPTIONS)
TOOLS = [{"type": "function", "function": TOOL}]


def messages(cell):
    if cell.image is None:
        return [{"role": "user", "content": cell.prompt}]
    url = f"data:image/png;base64,{cell.image}"
    return [
        {
            "role": "user",
            "content": [{"type": "text", "text": cell.prompt}, {"type": "image_url", "image_url": {"url": url}}],
        }
    ]


def request(cell):
    effort = {"reasoning_effort": "low"} if cell.reasoning else {}
    return {"model": cell.model, "messages": messages(cell), **effort}


def usage_of(usage):
    return usage and {"input": usage.prompt_tokens, "output": usage.completion_tokens}


def reasoning_of(message):
    return getattr(message, "reasoning_content", None) or ""


def whole(cell):
    completion = openai.chat.completions.create(**request(cell))
    message = completion.choices[0].message
    return {"text": message.content, "reasoning": reasoning_of(message), "usage": usage_of(completion.usage)}


def stream(cell):
    text, reasoning, usage = "", "", None
    options = {"stream": True, "stream_options": {"include_usage": True}}
    for chunk in openai.chat.completions.create(**request(cell), **options):
        usage = usage_of(chunk.usage) or usage
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
            reasoning += reasoning_of(chunk.choices[0].delta)
    return {"text": text, "reasoning": reasoning, "usage": usage}


def helper(cell):
    with openai.chat.completions.stream(**request(cell), stream_options={"include_usage": True}) as events:
        completion = events.get_final_completion()
    return {"text": completion.choices[0].message.content, "usage": usage_of(completion.usage)}


def called(message):
    calls = message.tool_calls or []
    return [{"name": call.function.name, "input": json.loads(call.function.arguments)} for call in calls]


def following(cell, message):
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": cell.tool_result} for call in message.tool_calls or []
    ]
    return {**request(cell), "messages": [*messages(cell), message, *results]}


def tools(cell):
    message = openai.chat.completions.create(**request(cell), tools=TOOLS).choices[0].message
    second = openai.chat.completions.create(**following(cell, message), tools=TOOLS)
    return {"calls": called(message), "text": second.choices[0].message.content}


def streamed_tools(cell):
    with openai.chat.completions.stream(**request(cell), tools=TOOLS) as events:
        message = events.get_final_completion().choices[0].message
    kept = message.model_copy(update={"parsed": None})
    with openai.chat.completions.stream(**following(cell, kept), tools=TOOLS) as events:
        second = events.get_final_completion().choices[0].message
    return {"calls": called(message), "text": second.content}


def structured(cell):
    completion = openai.chat.completions.parse(**request(cell), response_format=Review)
    return {"value": completion.choices[0].message.parsed.model_dump()}


async def whole_left(cell):
    async with AsyncOpenAI(**OPTIONS) as client:
        await client.chat.completions.create(**request(cell))
    return {}


async def stream_left(cell):
    async with AsyncOpenAI(**OPTIONS) as client:
        async for chunk in await client.chat.completions.create(**request(cell), stream=True):
            if chunk.choices and chunk.choices[0].delta.content:
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
