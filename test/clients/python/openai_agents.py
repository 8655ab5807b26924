import json
import sys

from agents import Agent, FunctionTool, ModelSettings, OpenAIProvider, RunConfig, Runner
from openai import AsyncOpenAI

from program import GATEWAY, KEY, TOOL, run
from review import Review

CONFIG = RunConfig(
    model_provider=OpenAIProvider(
        openai_client=AsyncOpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0),
        use_responses=sys.argv[1] == "responses",
    ),
    tracing_disabled=True,
)


def agent_of(cell, tools=(), **options):
    settings = ModelSettings(include_usage=True)
    return Agent(name="tester", model=cell.model, tools=list(tools), model_settings=settings, **options)


def items(cell):
    if cell.image is None:
        return cell.prompt
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


def usage_of(result):
    usage = result.context_wrapper.usage
    return {"input": usage.input_tokens, "output": usage.output_tokens}


async def whole(cell):
    result = await Runner.run(agent_of(cell), items(cell), run_config=CONFIG)
    return {"text": result.final_output, "usage": usage_of(result)}


async def stream(cell):
    text = ""
    result = Runner.run_streamed(agent_of(cell), items(cell), run_config=CONFIG)
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            text += event.data.delta
            cell.piece()
    return {"text": text, "usage": usage_of(result)}


def tool_of(cell, calls):
    async def invoke(_, arguments):
        calls.append({"name": TOOL["name"], "input": json.loads(arguments)})
        return cell.tool_result

    return FunctionTool(
        name=TOOL["name"],
        description=TOOL["description"],
        params_json_schema=TOOL["parameters"],
        on_invoke_tool=invoke,
    )


async def tools(cell):
    calls = []
    result = await Runner.run(agent_of(cell, [tool_of(cell, calls)]), items(cell), run_config=CONFIG)
    return {"calls": calls, "text": result.final_output}


async def streamed_tools(cell):
    calls = []
    result = Runner.run_streamed(agent_of(cell, [tool_of(cell, calls)]), items(cell), run_config=CONFIG)
    async for _ in result.stream_events():
        pass
    return {"calls": calls, "text": result.final_output}


async def structured(cell):
    result = await Runner.run(agent_of(cell, output_type=Review), items(cell), run_config=CONFIG)
    return {"value": result.final_output.model_dump()}


run(
    whole=whole,
    stream=stream,
    tools=tools,
    streamedTools=streamed_tools,
    structured=structured,
    whole_left=whole,
    stream_left=stream,
)
