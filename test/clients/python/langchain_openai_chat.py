import sys

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI

from program import GATEWAY, KEY, TOOL, run
from review import Review

TOOLS = [{"type": "function", "function": TOOL}]


def model_of(cell):
    return ChatOpenAI(
        model=cell.model,
        api_key=KEY,
        base_url=f"{GATEWAY}/v1",
        max_retries=0,
        stream_usage=True,
        use_responses_api=sys.argv[1] == "responses",
    )


def messages(cell):
    if cell.image is None:
        return [HumanMessage(cell.prompt)]
    url = f"data:image/png;base64,{cell.image}"
    return [
        HumanMessage([{"type": "text", "text": cell.prompt}, {"type": "image_url", "image_url": {"url": url}}])
    ]


def usage_of(message):
    usage = message.usage_metadata
    return usage and {"input": usage["input_tokens"], "output": usage["output_tokens"]}


def whole(cell):
    message = model_of(cell).invoke(messages(cell))
    return {"text": message.text, "usage": usage_of(message)}


def folded(chunks):
    whole = None
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk
    return whole


def stream(cell):
    message = folded(model_of(cell).stream(messages(cell)))
    return {"text": message.text, "usage": usage_of(message)}


def following(cell, message):
    results = [ToolMessage(cell.tool_result, tool_call_id=call["id"]) for call in message.tool_calls]
    return [*messages(cell), message, *results]


def called(message):
    return [{"name": call["name"], "input": call["args"]} for call in message.tool_calls]


def tools(cell):
    model = model_of(cell).bind_tools(TOOLS)
    first = model.invoke(messages(cell))
    return {"calls": called(first), "text": model.invoke(following(cell, first)).text}


def streamed_tools(cell):
    model = model_of(cell).bind_tools(TOOLS)
    first = folded(model.stream(messages(cell)))
    return {"calls": called(first), "text": folded(model.stream(following(cell, first))).text}


def structured(cell):
    model = model_of(cell).with_structured_output(Review, method="json_schema")
    return {"value": model.invoke(messages(cell)).model_dump()}


async def whole_left(cell):
    await model_of(cell).ainvoke(messages(cell))
    return {}


async def stream_left(cell):
    async for chunk in model_of(cell).astream(messages(cell)):
        if chunk.text:
            cell.piece()
    return {}


run(
    whole=whole,
    stream=stream,
    tools=tools,
    streamedTools=streamed_tools,
    structured=structured,
    whole_left=whole_left,
    stream_left=stream_left,
)
