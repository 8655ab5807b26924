import base64
import sys

from strands import Agent
from strands.tools import PythonAgentTool

from program import GATEWAY, KEY, TOOL, run
from review import Review

PROVIDER = sys.argv[1]

if PROVIDER == "anthropic":
    from strands.models.anthropic import AnthropicModel
elif PROVIDER == "gemini":
    from google.genai.types import HttpOptions
    from strands.models.gemini import GeminiModel
elif PROVIDER == "ollama":
    from strands.models.ollama import OllamaModel
else:
    from strands.models.openai import OpenAIModel


def model_of(cell):
    if PROVIDER == "anthropic":
        return AnthropicModel(
            client_args={"api_key": KEY, "base_url": GATEWAY, "max_retries": 0}, model_id=cell.model, max_tokens=4096
        )
    if PROVIDER == "gemini":
        return GeminiModel(
            client_args={"api_key": KEY, "http_options": HttpOptions(base_url=GATEWAY)}, model_id=cell.model
        )
    if PROVIDER == "ollama":
        return OllamaModel(
            GATEWAY, ollama_client_args={"headers": {"authorization": f"Bearer {KEY}"}}, model_id=cell.model
        )
    return OpenAIModel(
        client_args={"api_key": KEY, "base_url": f"{GATEWAY}/v1", "max_retries": 0}, model_id=cell.model
    )


def agent_of(cell, **options):
    return Agent(model=model_of(cell), callback_handler=None, retry_strategy=None, **options)


def prompt(cell):
    if cell.image is None:
        return cell.prompt
    return [{"text": cell.prompt}, {"image": {"format": "png", "source": {"bytes": base64.b64decode(cell.image)}}}]


def text_of(message):
    return "".join(block.get("text", "") for block in message["content"])


async def stream(cell):
    result = None
    async for event in agent_of(cell).stream_async(prompt(cell)):
        if event.get("data"):
            cell.piece()
        result = event.get("result", result)
    usage = result.metrics.accumulated_usage
    return {"text": text_of(result.message), "usage": {"input": usage["inputTokens"], "output": usage["outputTokens"]}}


def tool_of(cell):
    def invoke(use, **_):
        return {"toolUseId": use["toolUseId"], "status": "success", "content": [{"text": cell.tool_result}]}

    spec = {"name": TOOL["name"], "description": TOOL["description"], "inputSchema": {"json": TOOL["parameters"]}}
    return PythonAgentTool(TOOL["name"], spec, invoke)


async def tools(cell):
    agent = agent_of(cell, tools=[tool_of(cell)])
    result = await agent.invoke_async(prompt(cell))
    uses = [block["toolUse"] for message in agent.messages for block in message["content"] if "toolUse" in block]
    return {"calls": [{"name": use["name"], "input": use["input"]} for use in uses], "text": text_of(result.message)}


async def structured(cell):
    result = await agent_of(cell).invoke_async(prompt(cell), structured_output_model=Review)
    return {"value": result.structured_output.model_dump()}


run(stream=stream, whole=stream, streamedTools=tools, structured=structured, stream_left=stream, whole_left=stream)
