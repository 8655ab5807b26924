//! genai over one of its adapters.

use futures::StreamExt;
use genai::adapter::AdapterKind;
use genai::chat::{
    ChatMessage, ChatOptions, ChatRequest, ChatStreamEvent, ContentPart, JsonSpec, ReasoningEffort, Tool, ToolCall,
    ToolResponse,
};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{Client, ModelIden, ServiceTarget};

use crate::{
    Call, Cell, Failure, Observation, Observed, TOOL, TOOL_DESCRIPTION, Usage, gateway, key, review_schema, tool_parameters,
    value_of,
};

impl From<genai::Error> for Failure {
    fn from(error: genai::Error) -> Self {
        let retry_after = error.headers().and_then(|headers| headers.get("retry-after")).and_then(|value| value.to_str().ok());
        Failure {
            status: error.status().map(|status| status.as_u16()),
            retry_after: retry_after.map(str::to_owned),
            ..Failure::other("genai::Error", &error)
        }
    }
}

fn client(adapter: &str) -> Client {
    let (kind, path) = match adapter {
        "openai" => (AdapterKind::OpenAI, "/v1/"),
        "openai-responses" => (AdapterKind::OpenAIResp, "/v1/"),
        "anthropic" => (AdapterKind::Anthropic, "/v1/"),
        "gemini" => (AdapterKind::Gemini, "/v1beta/"),
        _ => (AdapterKind::Ollama, "/"),
    };
    let resolver = ServiceTargetResolver::from_resolver_fn(move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
        Ok(ServiceTarget {
            endpoint: Endpoint::from_owned(format!("{}{path}", gateway())),
            auth: AuthData::from_single(key()),
            model: ModelIden::new(kind, target.model.model_name),
        })
    });
    Client::builder().with_service_target_resolver(resolver).build().expect("a client")
}

fn request(cell: &Cell) -> ChatRequest {
    let mut parts = vec![ContentPart::from_text(cell.prompt.clone())];
    if let Some(image) = &cell.image {
        parts.push(ContentPart::from_binary_base64("image/png", image.as_str(), None));
    }
    ChatRequest::new(vec![ChatMessage::user(parts)])
}

fn options(cell: &Cell) -> ChatOptions {
    let options = ChatOptions::default()
        .with_capture_usage(true)
        .with_capture_content(true)
        .with_capture_reasoning_content(true)
        .with_capture_tool_calls(true)
        .with_max_tokens(4096);
    if cell.reasoning { options.with_reasoning_effort(ReasoningEffort::Low) } else { options }
}

fn usage_of(usage: &genai::chat::Usage) -> Usage {
    Usage {
        input: usage.prompt_tokens.unwrap_or_default() as u64,
        output: usage.completion_tokens.unwrap_or_default() as u64,
    }
}

async fn whole(client: &Client, cell: &Cell) -> Observed {
    let response = client.exec_chat(cell.model.as_str(), request(cell), Some(&options(cell))).await?;
    Ok(Observation {
        text: response.first_text().map(str::to_owned),
        reasoning: response.reasoning_content.clone(),
        usage: Some(usage_of(&response.usage)),
        ..Default::default()
    })
}

/// What a stream adds up to, and its calls of tools.
async fn streamed(client: &Client, cell: &Cell, request: ChatRequest) -> Result<(Observation, Vec<ToolCall>), Failure> {
    let mut stream = client.exec_chat_stream(cell.model.as_str(), request, Some(&options(cell))).await?.stream;
    let mut observed = Observation { text: Some(String::new()), reasoning: Some(String::new()), ..Default::default() };
    let mut calls = vec![];
    let mut ended = false;
    while let Some(event) = stream.next().await {
        match event? {
            ChatStreamEvent::Chunk(chunk) => {
                observed.text.get_or_insert_default().push_str(&chunk.content);
                cell.piece().await;
            }
            ChatStreamEvent::ReasoningChunk(chunk) => observed.reasoning.get_or_insert_default().push_str(&chunk.content),
            ChatStreamEvent::End(end) => {
                ended = true;
                observed.usage = end.captured_usage.as_ref().map(usage_of);
                calls = end.captured_into_tool_calls().unwrap_or_default();
            }
            _ => {}
        }
    }
    if ended { Ok((observed, calls)) } else { Err(Failure::other("Incomplete", "no end")) }
}

async fn conversation(client: &Client, cell: &Cell, is_streamed: bool) -> Observed {
    let tool = Tool::new(TOOL).with_description(TOOL_DESCRIPTION).with_schema(tool_parameters());
    let request = request(cell).with_tools(vec![tool]);
    let send = async |request: ChatRequest| -> Result<(Option<String>, Vec<ToolCall>), Failure> {
        if is_streamed {
            let (observed, calls) = streamed(client, cell, request).await?;
            return Ok((observed.text, calls));
        }
        let response = client.exec_chat(cell.model.as_str(), request, Some(&options(cell))).await?;
        let text = response.first_text().map(str::to_owned);
        Ok((text, response.into_tool_calls()))
    };
    let (_, calls) = send(request.clone()).await?;
    let observed = calls.iter().map(|call| Call { name: call.fn_name.to_string(), input: call.fn_arguments.clone() }).collect();
    let results: Vec<ToolResponse> =
        calls.iter().map(|call| ToolResponse::new(call.call_id.clone(), cell.tool_result.clone())).collect();
    let mut next = request.append_message(calls);
    for result in results {
        next = next.append_message(result);
    }
    let (text, _) = send(next).await?;
    Ok(Observation { calls: Some(observed), text, ..Default::default() })
}

async fn structured(client: &Client, cell: &Cell) -> Observed {
    let options = options(cell).with_response_format(JsonSpec::new("review", review_schema()));
    let response = client.exec_chat(cell.model.as_str(), request(cell), Some(&options)).await?;
    value_of(response.first_text().unwrap_or_default())
}

pub async fn run(adapter: String, cell: Cell) -> Option<Observed> {
    let client = client(&adapter);
    Some(match cell.r#use.as_str() {
        "whole" => whole(&client, &cell).await,
        "stream" => streamed(&client, &cell, request(&cell)).await.map(|(observed, _)| observed),
        "tools" => conversation(&client, &cell, false).await,
        "streamedTools" => conversation(&client, &cell, true).await,
        "structured" => structured(&client, &cell).await,
        _ => return None,
    })
}
