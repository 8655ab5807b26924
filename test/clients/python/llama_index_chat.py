import json

from llama_index.core.llms import ChatMessage, ImageBlock, MessageRole, TextBlock
from llama_index.core.tools import FunctionTool, ToolMetadata
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

from program import GATEWAY, KEY, TOOL, run
from review import Review


class Arguments(BaseModel):
    city: str
    days: int


def model_of(cell):
    return OpenAILike(
        model=cell.model,
        api_base=f"{GATEWAY}/v1",
        api_key=KEY,
        is_chat_model=True,
        is_function_calling_model=True,
        max_retries=0,
        additional_kwargs={"stream_options": {"include_usage": True}} if cell.use == "stream" else {},
    )


def messages(cell):
    blocks = [TextBlock(text=cell.prompt)]
    if cell.image is not None:
        blocks.append(ImageBlock(image=cell.image.encode(), image_mimetype="image/png"))
    return [ChatMessage(role=MessageRole.USER, blocks=blocks)]


def usage_of(response):
    usage = response.raw.usage
    return usage and {"input": usage.prompt_tokens, "output": usage.completion_tokens}


async def whole(cell):
    response = await model_of(cell).achat(messages(cell))
    return {"text": response.message.content, "usage": usage_of(response)}


async def stream(cell):
    usage = None
    async for response in await model_of(cell).astream_chat(messages(cell)):
        usage = usage_of(response) or usage
        if response.delta:
            cell.piece()
    return {"text": response.message.content, "usage": usage}


def tool_of(cell):
    metadata = ToolMetadata(name=TOOL["name"], description=TOOL["description"], fn_schema=Arguments)
    return FunctionTool(fn=lambda **_: cell.tool_result, metadata=metadata)


async def tools(cell):
    model = model_of(cell)
    asked = messages(cell)
    first = await model.achat_with_tools([tool_of(cell)], chat_history=asked)
    calls = model.get_tool_calls_from_response(first)
    results = [
        ChatMessage(role=MessageRole.TOOL, content=cell.tool_result, additional_kwargs={"tool_call_id": call.tool_id})
        for call in calls
    ]
    second = await model.achat_with_tools([tool_of(cell)], chat_history=[*asked, first.message, *results])
    called = [{"name": call.tool_name, "input": call.tool_kwargs} for call in calls]
    return {"calls": called, "text": second.message.content}


async def structured(cell):
    model = model_of(cell)
    model.should_use_structured_outputs = True
    response = await model.as_structured_llm(Review).achat(messages(cell))
    return {"value": json.loads(response.message.content)}


run(
    whole=whole,
    stream=stream,
    tools=tools,
    structured=structured,
    whole_left=whole,
    stream_left=stream,
)
