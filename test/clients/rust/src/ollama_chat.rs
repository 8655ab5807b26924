//! ollama-rs.

use futures::StreamExt;
use ollama_rs::Ollama;
use ollama_rs::error::OllamaError;
use ollama_rs::generation::chat::request::ChatMessageRequest;
use ollama_rs::generation::chat::{ChatMessage, ChatMessageResponse};
use ollama_rs::generation::images::Image;
use ollama_rs::generation::parameters::{FormatType, JsonStructure};
use ollama_rs::generation::tools::ToolInfo;
use serde_json::json;

use crate::{
    Call, Cell, Failure, Observation, Observed, TOOL, TOOL_DESCRIPTION, Usage, gateway, key, review_schema, tool_parameters,
    value_of,
};

impl From<OllamaError> for Failure {
    fn from(error: OllamaError) -> Self {
        Failure::other("OllamaError", error)
    }
}

fn client() -> Ollama {
    let mut headers = ollama_rs::headers::HeaderMap::new();
    headers.insert("authorization", format!("Bearer {}", key()).parse().expect("a header"));
    Ollama::builder().url(gateway()).request_headers(headers).build()
}

fn message(cell: &Cell) -> ChatMessage {
    let message = ChatMessage::user(cell.prompt.clone());
    match &cell.image {
        None => message,
        Some(image) => message.add_image(Image::from_base64(image)),
    }
}

fn request(cell: &Cell, messages: Vec<ChatMessage>) -> ChatMessageRequest {
    let request = ChatMessageRequest::new(cell.model.clone(), messages);
    if cell.reasoning { request.think(true) } else { request }
}

fn observe(response: ChatMessageResponse) -> Observation {
    Observation {
        text: Some(response.message.content),
        reasoning: response.message.thinking,
        usage: response.final_data.map(|own| Usage { input: own.prompt_eval_count.into(), output: own.eval_count.into() }),
        ..Default::default()
    }
}

async fn streamed(cell: &Cell, request: ChatMessageRequest) -> Result<(ChatMessage, Option<Usage>), Failure> {
    let mut stream = client().send_chat_messages_stream(request).await?;
    let mut whole = ChatMessage::assistant(String::new());
    let mut usage = None;
    let mut is_done = false;
    while let Some(part) = stream.next().await {
        let part = part.map_err(|error| Failure::other("Stream", format!("{error:?}")))?;
        is_done |= part.done;
        whole.content.push_str(&part.message.content);
        if let Some(thinking) = part.message.thinking {
            whole.thinking.get_or_insert_default().push_str(&thinking);
        }
        whole.tool_calls.extend(part.message.tool_calls);
        usage = part.final_data.map(|own| Usage { input: own.prompt_eval_count.into(), output: own.eval_count.into() }).or(usage);
        if !whole.content.is_empty() {
            cell.piece().await;
        }
    }
    // The client skips lines that say an error.
    if is_done { Ok((whole, usage)) } else { Err(Failure::other("Incomplete", "not done")) }
}

async fn conversation(cell: &Cell, is_streamed: bool) -> Observed {
    let tool: ToolInfo = serde_json::from_value(json!({
        "type": "function",
        "function": { "name": TOOL, "description": TOOL_DESCRIPTION, "parameters": tool_parameters() }
    }))?;
    let send = async |messages: Vec<ChatMessage>| -> Result<ChatMessage, Failure> {
        let request = request(cell, messages).tools(vec![tool.clone()]);
        if is_streamed {
            Ok(streamed(cell, request).await?.0)
        } else {
            Ok(client().send_chat_messages(request).await?.message)
        }
    };
    let mut messages = vec![message(cell)];
    let first = send(messages.clone()).await?;
    messages.push(first.clone());
    let mut calls = vec![];
    for call in first.tool_calls {
        calls.push(Call { name: call.function.name, input: call.function.arguments });
        messages.push(ChatMessage::tool(cell.tool_result.clone()));
    }
    let second = send(messages).await?;
    Ok(Observation { calls: Some(calls), text: Some(second.content), ..Default::default() })
}

async fn whole(cell: &Cell) -> Observed {
    Ok(observe(client().send_chat_messages(request(cell, vec![message(cell)])).await?))
}

async fn stream(cell: &Cell) -> Observed {
    let (message, usage) = streamed(cell, request(cell, vec![message(cell)])).await?;
    Ok(Observation { text: Some(message.content), reasoning: message.thinking, usage, ..Default::default() })
}

async fn structured(cell: &Cell) -> Observed {
    let schema = serde_json::from_value(review_schema())?;
    let format = FormatType::StructuredJson(Box::new(JsonStructure::new_for_schema(schema)));
    let response = client().send_chat_messages(request(cell, vec![message(cell)]).format(format)).await?;
    value_of(&response.message.content)
}

pub async fn run(cell: Cell) -> Option<Observed> {
    Some(match cell.r#use.as_str() {
        "whole" => whole(&cell).await,
        "stream" => stream(&cell).await,
        "tools" => conversation(&cell, false).await,
        "streamedTools" => conversation(&cell, true).await,
        "structured" => structured(&cell).await,
        _ => return None,
    })
}
