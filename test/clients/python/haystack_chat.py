import sys

from haystack.dataclasses import ChatMessage, ImageContent
from haystack.tools import Tool
from haystack.utils import Secret

from program import GATEWAY, KEY, TOOL, run
from review import Review

PROVIDER = sys.argv[1]

if PROVIDER == "anthropic":
    from anthropic import Anthropic, AsyncAnthropic
    from haystack_integrations.components.generators.anthropic import AnthropicChatGenerator
else:
    from haystack.components.generators.chat import OpenAIChatGenerator, OpenAIResponsesChatGenerator


def generator_of(cell, **options):
    key = Secret.from_token(KEY)
    if PROVIDER == "anthropic":
        generator = AnthropicChatGenerator(api_key=key, model=cell.model, max_retries=0, **options)
        if hasattr(generator, "warm_up"):
            generator.warm_up()
        client = {"api_key": KEY, "base_url": GATEWAY, "max_retries": 0}
        generator.client, generator.async_client = Anthropic(**client), AsyncAnthropic(**client)
        return generator
    kind = OpenAIResponsesChatGenerator if PROVIDER == "responses" else OpenAIChatGenerator
    return kind(api_key=key, model=cell.model, api_base_url=f"{GATEWAY}/v1", max_retries=0, **options)


def messages(cell):
    if cell.image is None:
        return [ChatMessage.from_user(cell.prompt)]
    image = ImageContent(base64_image=cell.image, mime_type="image/png")
    return [ChatMessage.from_user(content_parts=[cell.prompt, image])]


def observed(message):
    usage = message.meta.get("usage") or {}
    return {
        "text": message.text,
        "usage": {
            "input": usage.get("prompt_tokens", usage.get("input_tokens")),
            "output": usage.get("completion_tokens", usage.get("output_tokens")),
        },
    }


def streaming(cell):
    usage = {} if PROVIDER != "chat" else {"generation_kwargs": {"stream_options": {"include_usage": True}}}

    async def piece(chunk):
        if chunk.content:
            cell.piece()

    return {"streaming_callback": piece, **usage}


async def reply(cell, said, streamed, **options):
    generator = generator_of(cell, **options)
    made = await generator.run_async(said, **(streaming(cell) if streamed else {}))
    return made["replies"][0]


async def whole(cell):
    return observed(await reply(cell, messages(cell), False))


async def stream(cell):
    return observed(await reply(cell, messages(cell), True))


def conversation(streamed):
    async def use(cell):
        tool = Tool(TOOL["name"], TOOL["description"], TOOL["parameters"], lambda **_: cell.tool_result)
        first = await reply(cell, messages(cell), streamed, tools=[tool])
        results = [ChatMessage.from_tool(cell.tool_result, origin=call) for call in first.tool_calls]
        second = await reply(cell, [*messages(cell), first, *results], streamed, tools=[tool])
        calls = [{"name": call.tool_name, "input": call.arguments} for call in first.tool_calls]
        return {"calls": calls, "text": second.text}

    return use


async def structured(cell):
    name = "text_format" if PROVIDER == "responses" else "response_format"
    message = await reply(cell, messages(cell), False, generation_kwargs={name: Review})
    return {"value": Review.model_validate_json(message.text).model_dump()}


run(
    whole=whole,
    stream=stream,
    tools=conversation(False),
    streamedTools=conversation(True),
    structured=structured,
    whole_left=whole,
    stream_left=stream,
)
