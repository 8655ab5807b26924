import json
import sys

from langchain_core.messages import HumanMessage, ToolMessage

from program import GATEWAY, KEY, TOOL, run
from review import Review

TOOLS = [{"type": "function", "function": TOOL}]

PROVIDER = sys.argv[1]

if PROVIDER == "anthropic":
    from langchain_anthropic import ChatAnthropic
elif PROVIDER == "google":
    from langchain_google_genai import ChatGoogleGenerativeAI
elif PROVIDER == "ollama":
    from langchain_ollama import ChatOllama
else:
    from langchain_openai import ChatOpenAI


def model_of(cell):
    if PROVIDER == "anthropic":
        reasoning = {"thinking": {"type": "adaptive"}} if cell.reasoning else {}
        return ChatAnthropic(
            model=cell.model, api_key=KEY, base_url=GATEWAY, max_retries=0, max_tokens=4096, stream_usage=True, **reasoning
        )
    if PROVIDER == "google":
        reasoning = {"include_thoughts": True, "thinking_budget": 2048} if cell.reasoning else {}
        return ChatGoogleGenerativeAI(model=cell.model, api_key=KEY, base_url=GATEWAY, max_retries=1, **reasoning)
    if PROVIDER == "ollama":
        headers = {"headers": {"authorization": f"Bearer {KEY}"}}
        return ChatOllama(model=cell.model, base_url=GATEWAY, client_kwargs=headers, reasoning=cell.reasoning or None)
    return ChatOpenAI(
        model=cell.model,
        api_key=KEY,
        base_url=f"{GATEWAY}/v1",
        max_retries=0,
        stream_usage=True,
        use_responses_api=PROVIDER == "responses",
    )


def messages(cell):
    if cell.image is None:
        return [HumanMessage(cell.prompt)]
    url = f"data:image/png;base64,{cell.image}"
    return [
        HumanMessage([{"type": "text", "text": cell.prompt}, {"type": "image_url", "image_url": {"url": url}}])
    ]


def observed(message):
    usage = message.usage_metadata
    reasoning = [block.get("reasoning") or "" for block in message.content_blocks if block["type"] == "reasoning"]
    return {
        "text": message.text,
        "reasoning": "".join(reasoning) or None,
        "usage": usage and {"input": usage["input_tokens"], "output": usage["output_tokens"]},
    }


def whole(cell):
    return observed(model_of(cell).invoke(messages(cell)))


def folded(chunks):
    whole = None
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk
    return whole


def stream(cell):
    return observed(folded(model_of(cell).stream(messages(cell))))


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
