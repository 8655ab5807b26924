//! async-openai's responses, with its own types.

use async_openai::types::responses::{CreateResponse, OutputItem, Response, ResponseStreamEvent, SummaryPart};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::async_openai_chat::client;
use crate::{
    Call, Cell, Failure, Observation, Observed, TOOL, TOOL_DESCRIPTION, Usage, review_schema, tool_parameters, value_of,
};

fn request(cell: &Cell, others: Value) -> Result<CreateResponse, Failure> {
    let mut content = vec![json!({ "type": "input_text", "text": cell.prompt })];
    if let Some(image) = &cell.image {
        let url = format!("data:image/png;base64,{image}");
        content.push(json!({ "type": "input_image", "detail": "auto", "image_url": url }));
    }
    let input = json!([{ "type": "message", "role": "user", "content": content }]);
    let mut request = json!({ "model": cell.model, "input": input });
    for (name, value) in others.as_object().into_iter().flatten() {
        request[name] = value.clone();
    }
    if cell.reasoning {
        request["reasoning"] = json!({ "effort": "low", "summary": "auto" });
    }
    Ok(serde_json::from_value(request)?)
}

fn observe(response: &Response) -> Observation {
    let mut reasoning = String::new();
    for item in &response.output {
        if let OutputItem::Reasoning(own) = item {
            for SummaryPart::SummaryText(part) in &own.summary {
                reasoning.push_str(&part.text);
            }
        }
    }
    let usage = response.usage.as_ref();
    Observation {
        text: response.output_text(),
        reasoning: Some(reasoning),
        usage: usage.map(|own| Usage { input: own.input_tokens.into(), output: own.output_tokens.into() }),
        ..Default::default()
    }
}

/// The response that a stream completes.
async fn streamed(cell: &Cell, mut request: CreateResponse) -> Result<(Response, Observation), Failure> {
    request.stream = Some(true);
    let mut stream = client().responses().create_stream(request).await?;
    let mut pieces = Observation { text: Some(String::new()), reasoning: Some(String::new()), ..Default::default() };
    let mut completed = None;
    while let Some(event) = stream.next().await {
        match event? {
            ResponseStreamEvent::ResponseOutputTextDelta(event) => {
                pieces.text.get_or_insert_default().push_str(&event.delta);
                cell.piece().await;
            }
            ResponseStreamEvent::ResponseReasoningSummaryTextDelta(event) => {
                pieces.reasoning.get_or_insert_default().push_str(&event.delta);
            }
            ResponseStreamEvent::ResponseCompleted(event) => completed = Some(event.response),
            _ => {}
        }
    }
    let response = completed.ok_or_else(|| Failure::other("Incomplete", "no response.completed"))?;
    pieces.usage = observe(&response).usage;
    Ok((response, pieces))
}

async fn conversation(cell: &Cell, is_streamed: bool) -> Observed {
    let tools = json!([{
        "type": "function",
        "name": TOOL,
        "description": TOOL_DESCRIPTION,
        "parameters": tool_parameters(),
        "strict": true
    }]);
    let send = async |request: CreateResponse| -> Result<Response, Failure> {
        if is_streamed {
            Ok(streamed(cell, request).await?.0)
        } else {
            Ok(client().responses().create(request).await?)
        }
    };
    let first = send(request(cell, json!({ "tools": tools }))?).await?;
    let (mut calls, mut outputs) = (vec![], vec![]);
    for item in &first.output {
        if let OutputItem::FunctionCall(call) = item {
            calls.push(Call { name: call.name.clone(), input: serde_json::from_str(&call.arguments)? });
            outputs.push(json!({ "type": "function_call_output", "call_id": call.call_id, "output": cell.tool_result }));
        }
    }
    let next = json!({ "tools": tools, "previous_response_id": first.id, "input": outputs });
    let second = send(request(cell, next)?).await?;
    Ok(Observation { calls: Some(calls), text: second.output_text(), ..Default::default() })
}

async fn structured(cell: &Cell) -> Observed {
    let format = json!({ "type": "json_schema", "name": "review", "schema": review_schema(), "strict": true });
    let response = client().responses().create(request(cell, json!({ "text": { "format": format } }))?).await?;
    value_of(&response.output_text().unwrap_or_default())
}

async fn whole(cell: &Cell) -> Observed {
    Ok(observe(&client().responses().create(request(cell, json!({}))?).await?))
}

async fn stream(cell: &Cell) -> Observed {
    Ok(streamed(cell, request(cell, json!({}))?).await?.1)
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
