import json

from smolagents import OpenAIModel, Tool
from smolagents.models import agglomerate_stream_deltas

from program import GATEWAY, KEY, TOOL, run
from review import Review


class Weather(Tool):
    name = TOOL["name"]
    description = TOOL["description"]
    inputs = {
        "city": {"type": "string", "description": "The city"},
        "days": {"type": "integer", "description": "How many days"},
    }
    output_type = "string"

    def forward(self, city: str, days: int) -> str:
        return ""


def model_of(cell):
    return OpenAIModel(
        cell.model, api_base=f"{GATEWAY}/v1", api_key=KEY, client_kwargs={"max_retries": 0}, retry=False
    )


def messages(cell):
    content = [{"type": "text", "text": cell.prompt}]
    if cell.image is not None:
        content.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{cell.image}"}})
    return [{"role": "user", "content": content}]


def observed(message):
    usage = message.token_usage
    return {"text": message.content, "usage": usage and {"input": usage.input_tokens, "output": usage.output_tokens}}


def whole(cell):
    return observed(model_of(cell).generate(messages(cell)))


def stream(cell):
    return observed(agglomerate_stream_deltas(list(model_of(cell).generate_stream(messages(cell)))))


def conversation(send):
    def use(cell):
        model = model_of(cell)
        tools = [Weather()]
        first = send(model, messages(cell), tools)
        calls = [
            {"name": call.function.name, "input": arguments(call.function.arguments)} for call in first.tool_calls
        ]
        text = json.dumps([call["name"] for call in calls])
        # Its agents tell of calls and of their results in text.
        after = [
            *messages(cell),
            {"role": "assistant", "content": [{"type": "text", "text": f"Calling tools: {text}"}]},
            {"role": "user", "content": [{"type": "text", "text": f"Observation: {cell.tool_result}"}]},
        ]
        return {"calls": calls, "text": send(model, after, []).content}

    return use


def arguments(given):
    return json.loads(given) if isinstance(given, str) else given


def structured(cell):
    schema = {**Review.model_json_schema(), "additionalProperties": False}
    response_format = {"type": "json_schema", "json_schema": {"name": "review", "schema": schema, "strict": True}}
    message = model_of(cell).generate(messages(cell), response_format=response_format)
    return {"value": Review.model_validate_json(message.content).model_dump()}


run(
    whole=whole,
    stream=stream,
    tools=conversation(lambda model, said, tools: model.generate(said, tools_to_call_from=tools or None)),
    streamedTools=conversation(
        lambda model, said, tools: agglomerate_stream_deltas(
            list(model.generate_stream(said, tools_to_call_from=tools or None))
        )
    ),
    structured=structured,
)
