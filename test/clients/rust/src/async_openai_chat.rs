//! async-openai's chat completions, with its own types.

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::ReqwestService;
use async_openai::types::chat::{
    ChatCompletionMessageToolCalls, CreateChatCompletionRequest, CreateChatCompletionResponse,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::{
    Call, Cell, Failure, Observation, Observed, TOOL, TOOL_DESCRIPTION, Usage, gateway, key, review_schema, tool_parameters,
    value_of,
};

impl From<OpenAIError> for Failure {
    fn from(error: OpenAIError) -> Self {
        match &error {
            OpenAIError::ApiError(own) => {
                Failure { status: Some(own.status_code.as_u16()), ..Failure::other("ApiError", &error) }
            }
            OpenAIError::Reqwest(_) => Failure::other("Reqwest", error),
            OpenAIError::JSONDeserialize(..) => Failure::other("JSONDeserialize", error),
            OpenAIError::StreamError(_) => Failure::other("StreamError", error),
            _ => Failure::other("OpenAIError", error),
        }
    }
}

/// A client that repeats nothing.
pub fn client() -> Client<OpenAIConfig> {
    Client::with_config(OpenAIConfig::new().with_api_base(format!("{}/v1", gateway())).with_api_key(key()))
        .with_http_service(ReqwestService::new(Default::default()))
}

fn request(cell: &Cell, others: Value) -> Result<CreateChatCompletionRequest, Failure> {
    let content = match &cell.image {
        None => json!(cell.prompt),
        Some(image) => json!([
            { "type": "text", "text": cell.prompt },
            { "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{image}") } }
        ]),
    };
    let mut request = json!({ "model": cell.model, "messages": [{ "role": "user", "content": content }] });
    for (name, value) in others.as_object().into_iter().flatten() {
        request[name] = value.clone();
    }
    if cell.reasoning {
        request["reasoning_effort"] = json!("low");
    }
    Ok(serde_json::from_value(request)?)
}

fn text(response: &CreateChatCompletionResponse) -> Option<String> {
    response.choices[0].message.content.clone()
}

async fn stream(cell: &Cell) -> Observed {
    let request = request(cell, json!({ "stream": true, "stream_options": { "include_usage": true } }))?;
    let mut stream = client().chat().create_stream(request).await?;
    let mut observed = Observation { text: Some(String::new()), ..Default::default() };
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        if let Some(usage) = chunk.usage {
            observed.usage = Some(Usage { input: usage.prompt_tokens.into(), output: usage.completion_tokens.into() });
        }
        for choice in chunk.choices {
            if let Some(content) = choice.delta.content.filter(|content| !content.is_empty()) {
                observed.text.get_or_insert_default().push_str(&content);
                cell.piece().await;
            }
        }
    }
    Ok(observed)
}

fn tools() -> Value {
    json!([{
        "type": "function",
        "function": { "name": TOOL, "description": TOOL_DESCRIPTION, "parameters": tool_parameters() }
    }])
}

fn following(cell: &Cell, message: Value, ids: &[String]) -> Result<CreateChatCompletionRequest, Failure> {
    let mut messages = vec![json!({ "role": "user", "content": cell.prompt }), message];
    messages.extend(ids.iter().map(|id| json!({ "role": "tool", "tool_call_id": id, "content": cell.tool_result })));
    request(cell, json!({ "messages": messages, "tools": tools() }))
}

async fn conversation(cell: &Cell) -> Observed {
    let first = client().chat().create(request(cell, json!({ "tools": tools() }))?).await?;
    let message = &first.choices[0].message;
    let (mut calls, mut ids) = (vec![], vec![]);
    for call in message.tool_calls.iter().flatten() {
        if let ChatCompletionMessageToolCalls::Function(call) = call {
            calls.push(Call { name: call.function.name.clone(), input: serde_json::from_str(&call.function.arguments)? });
            ids.push(call.id.clone());
        }
    }
    let own = json!({ "role": "assistant", "content": message.content, "tool_calls": message.tool_calls });
    let second = client().chat().create(following(cell, own, &ids)?).await?;
    Ok(Observation { calls: Some(calls), text: text(&second), ..Default::default() })
}

async fn streamed_conversation(cell: &Cell) -> Observed {
    let mut stream = client().chat().create_stream(request(cell, json!({ "tools": tools(), "stream": true }))?).await?;
    let mut whole: Vec<(String, String, String)> = vec![];
    while let Some(chunk) = stream.next().await {
        for choice in chunk?.choices {
            for call in choice.delta.tool_calls.into_iter().flatten() {
                let index = call.index as usize;
                if whole.len() <= index {
                    whole.resize(index + 1, Default::default());
                }
                let (id, name, arguments) = &mut whole[index];
                id.push_str(call.id.as_deref().unwrap_or_default());
                if let Some(function) = call.function {
                    name.push_str(function.name.as_deref().unwrap_or_default());
                    arguments.push_str(function.arguments.as_deref().unwrap_or_default());
                }
            }
        }
    }
    let own: Vec<Value> = whole
        .iter()
        .map(|(id, name, arguments)| json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } }))
        .collect();
    let ids: Vec<String> = whole.iter().map(|(id, ..)| id.clone()).collect();
    let next = following(cell, json!({ "role": "assistant", "tool_calls": own }), &ids)?;
    let mut text = String::new();
    let mut stream = client().chat().create_stream(CreateChatCompletionRequest { stream: Some(true), ..next }).await?;
    while let Some(chunk) = stream.next().await {
        for choice in chunk?.choices {
            text.push_str(choice.delta.content.as_deref().unwrap_or_default());
        }
    }
    let mut calls = vec![];
    for (_, name, arguments) in whole {
        calls.push(Call { name, input: serde_json::from_str(&arguments)? });
    }
    Ok(Observation { calls: Some(calls), text: Some(text), ..Default::default() })
}

async fn whole(cell: &Cell) -> Observed {
    let response = client().chat().create(request(cell, json!({}))?).await?;
    let usage = response.usage.as_ref();
    Ok(Observation {
        text: text(&response),
        usage: usage.map(|own| Usage { input: own.prompt_tokens.into(), output: own.completion_tokens.into() }),
        ..Default::default()
    })
}

async fn structured(cell: &Cell) -> Observed {
    let format = json!({
        "type": "json_schema",
        "json_schema": { "name": "review", "schema": review_schema(), "strict": true }
    });
    let response = client().chat().create(request(cell, json!({ "response_format": format }))?).await?;
    value_of(&text(&response).unwrap_or_default())
}

pub async fn run(cell: Cell) -> Option<Observed> {
    Some(match cell.r#use.as_str() {
        "whole" => whole(&cell).await,
        "stream" => stream(&cell).await,
        "tools" => conversation(&cell).await,
        "streamedTools" => streamed_conversation(&cell).await,
        "structured" => structured(&cell).await,
        _ => return None,
    })
}
