import base64
import json

from openai import AsyncOpenAI
from pydantic_ai import Agent, BinaryContent, NativeOutput, Tool
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from program import GATEWAY, KEY, TOOL, run
from review import Review

OPENAI = OpenAIProvider(openai_client=AsyncOpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0))


def agent_of(cell, **options):
    return Agent(OpenAIChatModel(cell.model, provider=OPENAI), retries=0, **options)


def prompt(cell):
    if cell.image is None:
        return cell.prompt
    return [cell.prompt, BinaryContent(data=base64.b64decode(cell.image), media_type="image/png")]


def observed(result):
    usage = result.usage() if callable(result.usage) else result.usage
    return {"text": result.output, "usage": {"input": usage.input_tokens, "output": usage.output_tokens}}


async def whole(cell):
    return observed(await agent_of(cell).run(prompt(cell)))


async def stream(cell):
    text = ""
    async with agent_of(cell).run_stream(prompt(cell)) as result:
        async for delta in result.stream_text(delta=True):
            text += delta
            cell.piece()
        usage = result.usage() if callable(result.usage) else result.usage
        return {"text": text, "usage": {"input": usage.input_tokens, "output": usage.output_tokens}}


def tool_of(cell):
    def invoke(**_):
        return cell.tool_result

    return Tool.from_schema(invoke, TOOL["name"], TOOL["description"], TOOL["parameters"])


def called(messages):
    parts = [part for message in messages for part in message.parts if isinstance(part, ToolCallPart)]
    return [{"name": part.tool_name, "input": part.args_as_dict()} for part in parts]


async def tools(cell):
    result = await agent_of(cell, tools=[tool_of(cell)]).run(prompt(cell))
    return {"calls": called(result.all_messages()), "text": result.output}


async def streamed_tools(cell):
    text = ""
    async with agent_of(cell, tools=[tool_of(cell)]).run_stream(prompt(cell)) as result:
        async for delta in result.stream_text(delta=True):
            text += delta
        return {"calls": called(result.all_messages()), "text": text}


async def structured(cell):
    result = await agent_of(cell, output_type=NativeOutput(Review)).run(prompt(cell))
    return {"value": json.loads(result.output.model_dump_json())}


run(
    whole=whole,
    stream=stream,
    tools=tools,
    streamedTools=streamed_tools,
    structured=structured,
    whole_left=whole,
    stream_left=stream,
)
