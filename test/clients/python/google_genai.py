import base64

from google import genai
from google.genai import types

from program import GATEWAY, KEY, TOOL, run
from review import Review

google = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=GATEWAY))
TOOLS = [
    types.Tool(
        function_declarations=[
            types.FunctionDeclaration(
                name=TOOL["name"], description=TOOL["description"], parameters_json_schema=TOOL["parameters"]
            )
        ]
    )
]
WITH_TOOLS = types.GenerateContentConfig(
    tools=TOOLS, automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True)
)


def request(cell, **config):
    parts = [types.Part(text=cell.prompt)]
    if cell.image is not None:
        parts.append(types.Part.from_bytes(data=base64.b64decode(cell.image), mime_type="image/png"))
    if cell.reasoning:
        config["thinking_config"] = types.ThinkingConfig(include_thoughts=True)
    return {
        "model": cell.model,
        "contents": [types.Content(role="user", parts=parts)],
        "config": types.GenerateContentConfig(**config),
    }


def text_of(response, thought):
    candidates = response.candidates or []
    parts = (candidates[0].content.parts if candidates and candidates[0].content else None) or []
    return "".join(part.text or "" for part in parts if bool(part.thought) == thought)


def usage_of(response):
    usage = response.usage_metadata
    return usage and {
        "input": usage.prompt_token_count,
        "output": (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0),
    }


def whole(cell):
    response = google.models.generate_content(**request(cell))
    return {"text": text_of(response, False), "reasoning": text_of(response, True), "usage": usage_of(response)}


def stream(cell):
    text, reasoning, usage = "", "", None
    for response in google.models.generate_content_stream(**request(cell)):
        text += text_of(response, False)
        reasoning += text_of(response, True)
        usage = usage_of(response) or usage
    return {"text": text, "reasoning": reasoning, "usage": usage}


def helper(cell):
    text, usage = "", None
    for response in google.chats.create(model=cell.model).send_message_stream(cell.prompt):
        text += text_of(response, False)
        usage = usage_of(response) or usage
    return {"text": text, "usage": usage}


def conversation(cell, send):
    """The two turns of a conversation with a tool, through the client's own chat."""
    first = send(cell.prompt)
    calls = [call for response in first for call in response.function_calls or []]
    results = [
        types.Part(
            function_response=types.FunctionResponse(
                id=call.id, name=call.name, response={"output": cell.tool_result}
            )
        )
        for call in calls
    ]
    second = send(results)
    return {
        "calls": [{"name": call.name, "input": call.args} for call in calls],
        "text": "".join(text_of(response, False) for response in second),
    }


def tools(cell):
    chat = google.chats.create(model=cell.model, config=WITH_TOOLS)
    return conversation(cell, lambda message: [chat.send_message(message)])


def streamed_tools(cell):
    chat = google.chats.create(model=cell.model, config=WITH_TOOLS)
    return conversation(cell, lambda message: list(chat.send_message_stream(message)))


def structured(cell):
    response = google.models.generate_content(
        **request(cell, response_mime_type="application/json", response_schema=Review)
    )
    return {"value": response.parsed.model_dump()}


async def whole_left(cell):
    await google.aio.models.generate_content(**request(cell))
    return {}


async def stream_left(cell):
    async for response in await google.aio.models.generate_content_stream(**request(cell)):
        if text_of(response, False):
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
