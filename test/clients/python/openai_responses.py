import json

from openai import AsyncOpenAI, OpenAI

from program import GATEWAY, KEY, TOOL, run
from review import Review

OPTIONS = {"base_url": f"{GATEWAY}/v1", "api_key": KEY, "max_retries": 0}
openai = OpenAI(**OPTIONS)
TOOLS = [{"type": "function", "strict": True, **TOOL}]


def items(cell):
    if cell.image is None:
        return [{"role": "user", "content": cell.prompt}]
    url = f"data:image/png;base64,{cell.image}"
    return [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": cell.prompt},
                {"type": "input_image", "image_url": url, "detail": "auto"},
            ],
        }
    ]


def request(cell):
    reasoning = {"reasoning": {"effort": "low", "summary": "auto"}} if cell.reasoning else {}
    return {"model": cell.model, "input": items(cell), **reasoning}


def usage_of(usage):
    return usage and {"input": usage.input_tokens, "output": usage.output_tokens}


def reasoning_of(response):
    return "".join(part.text for item in response.output if item.type == "reasoning" for part in item.summary)


def whole(cell):
    response = openai.responses.create(**request(cell))
    return {
        "text": response.output_text,
        "reasoning": reasoning_of(response),
        "usage": usage_of(response.usage),
    }


def stream(cell):
    text, reasoning, usage = "", "", None
    for event in openai.responses.create(**request(cell), stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
        if event.type == "response.reasoning_summary_text.delta":
            reasoning += event.delta
        if event.type == "response.completed":
            usage = usage_of(event.response.usage)
    return {"text": text, "reasoning": reasoning, "usage": usage}


def streamed(**arguments):
    with openai.responses.stream(**arguments) as events:
        return events.get_final_response()


def helper(cell):
    response = streamed(**request(cell))
    return {"text": response.output_text, "usage": usage_of(response.usage)}


def called(response):
    return [
        {"name": item.name, "input": json.loads(item.arguments)}
        for item in response.output
        if item.type == "function_call"
    ]


def following(cell, response):
    results = [
        {"type": "function_call_output", "call_id": item.call_id, "output": cell.tool_result}
        for item in response.output
        if item.type == "function_call"
    ]
    output = [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in response.output]
    return {**request(cell), "input": [*items(cell), *output, *results]}


def tools(cell):
    first = openai.responses.create(**request(cell), tools=TOOLS)
    second = openai.responses.create(**following(cell, first), tools=TOOLS)
    return {"calls": called(first), "text": second.output_text}


def streamed_tools(cell):
    first = streamed(**request(cell), tools=TOOLS)
    second = streamed(**following(cell, first), tools=TOOLS)
    return {"calls": called(first), "text": second.output_text}


def structured(cell):
    response = openai.responses.parse(**request(cell), text_format=Review)
    return {"value": response.output_parsed.model_dump()}


async def whole_left(cell):
    async with AsyncOpenAI(**OPTIONS) as client:
        await client.responses.create(**request(cell))
    return {}


async def stream_left(cell):
    async with AsyncOpenAI(**OPTIONS) as client:
        async for event in await client.responses.create(**request(cell), stream=True):
            if event.type == "response.output_text.delta":
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
