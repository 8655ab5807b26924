import base64
import json

import llm
from llm.default_plugins.openai_models import AsyncChat

from program import GATEWAY, KEY, TOOL, run
from review import Review


def model_of(cell):
    return AsyncChat(
        cell.model,
        key=KEY,
        model_name=cell.model,
        api_base=f"{GATEWAY}/v1",
        vision=True,
        supports_schema=True,
        supports_tools=True,
    )


def images(cell):
    if cell.image is None:
        return {}
    return {"attachments": [llm.Attachment(type="image/png", content=base64.b64decode(cell.image))]}


async def observed(response):
    usage = await response.usage()
    return {"text": await response.text(), "usage": {"input": usage.input, "output": usage.output}}


async def whole(cell):
    return await observed(model_of(cell).prompt(cell.prompt, stream=False, key=KEY, **images(cell)))


async def stream(cell):
    response = model_of(cell).prompt(cell.prompt, key=KEY, **images(cell))
    async for chunk in response:
        if chunk:
            cell.piece()
    return await observed(response)


def conversation(streamed):
    async def use(cell):
        calls = []

        async def invoke(**given):
            calls.append({"name": TOOL["name"], "input": given})
            return cell.tool_result

        tool = llm.Tool(TOOL["name"], TOOL["description"], TOOL["parameters"], invoke)
        chain = model_of(cell).chain(cell.prompt, tools=[tool], stream=streamed, key=KEY)
        texts = [await response.text() async for response in chain.responses()]
        return {"calls": calls, "text": texts[-1]}

    return use


async def structured(cell):
    response = model_of(cell).prompt(cell.prompt, schema=Review, stream=False, key=KEY)
    return {"value": Review.model_validate_json(await response.text()).model_dump()}


run(
    whole=whole,
    stream=stream,
    tools=conversation(False),
    streamedTools=conversation(True),
    structured=structured,
    whole_left=whole,
    stream_left=stream,
)
