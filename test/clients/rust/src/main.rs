//! The programs of the clients in Rust, in one: the first argument names the client. Each reads what to run from standard input, a
//! line of JSON each, runs it with the client, and writes what the client made of it.

mod async_openai_chat;
mod async_openai_responses;
mod genai_chat;
mod ollama_chat;

use std::env;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio::sync::{Notify, mpsc};

/// One use of a client.
#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    pub id: String,
    pub r#use: String,
    pub model: String,
    pub prompt: String,
    pub image: Option<String>,
    #[serde(default)]
    pub reasoning: bool,
    pub tool_result: String,
    pub leave: Option<String>,
    #[serde(skip)]
    leaving: Arc<Notify>,
}

impl Cell {
    /// To be called for each piece of a stream.
    pub async fn piece(&self) {
        if self.leave.as_deref() == Some("at-first-piece") {
            self.leaving.notify_one();
            tokio::task::yield_now().await;
        }
    }
}

/// What a client made of a cell.
#[derive(Serialize, Default)]
pub struct Observation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<Call>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

#[derive(Serialize)]
pub struct Usage {
    pub input: u64,
    pub output: u64,
}

#[derive(Serialize)]
pub struct Call {
    pub name: String,
    pub input: Value,
}

/// How a client failed: its own name for it, and the status if it says one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    pub class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    pub message: String,
}

impl Failure {
    pub fn other(class: &str, error: impl std::fmt::Display) -> Self {
        Failure { class: class.into(), status: None, retry_after: None, message: error.to_string() }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Failure::other("serde_json::Error", error)
    }
}

pub type Observed = Result<Observation, Failure>;
pub type Running = Pin<Box<dyn Future<Output = Option<Observed>> + Send>>;

/// The output that models are asked for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Review {
    title: String,
    score: serde_json::Number,
    tags: Vec<String>,
}

/// The typed value in a text.
pub fn value_of(text: &str) -> Observed {
    let review: Review =
        serde_json::from_str(text).map_err(|error| Failure::other("serde_json::Error", format!("{error}: {text}")))?;
    Ok(Observation { value: Some(serde_json::to_value(review)?), ..Default::default() })
}

pub fn review_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "title": { "type": "string" },
            "score": { "type": "number" },
            "tags": { "type": "array", "items": { "type": "string" } }
        },
        "required": ["title", "score", "tags"],
        "additionalProperties": false
    })
}

pub const TOOL: &str = "get_weather";
pub const TOOL_DESCRIPTION: &str = "The weather of a city.";

/// The parameters of the tool that models call.
pub fn tool_parameters() -> Value {
    json!({
        "type": "object",
        "properties": { "city": { "type": "string" }, "days": { "type": "integer" } },
        "required": ["city", "days"],
        "additionalProperties": false
    })
}

pub fn gateway() -> String {
    env::var("GATEWAY_URL").expect("GATEWAY_URL")
}

pub fn key() -> String {
    env::var("GATEWAY_KEY").expect("GATEWAY_KEY")
}

fn run(client: &str, cell: Cell) -> Running {
    match client {
        "async-openai-chat" => Box::pin(async_openai_chat::run(cell)),
        "async-openai-responses" => Box::pin(async_openai_responses::run(cell)),
        "ollama-rs" => Box::pin(ollama_chat::run(cell)),
        _ => Box::pin(genai_chat::run(client.trim_start_matches("genai-").to_owned(), cell)),
    }
}

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis()
}

#[tokio::main]
async fn main() {
    let client = env::args().nth(1).expect("the name of a client");
    let (cells, mut queue) = mpsc::unbounded_channel::<Cell>();
    let current: Arc<Mutex<Arc<Notify>>> = Arc::default();
    let told = current.clone();
    tokio::spawn(async move {
        let mut lines = BufReader::new(stdin()).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if line == "\"leave\"" {
                told.lock().expect("lock").notify_one();
            } else {
                cells.send(serde_json::from_str(&line).expect("a cell")).expect("queue");
            }
        }
    });
    while let Some(mut cell) = queue.recv().await {
        cell.leaving = Arc::default();
        *current.lock().expect("lock") = cell.leaving.clone();
        let (id, leaving) = (cell.id.clone(), cell.leaving.clone());
        let mut line = json!({ "id": id });
        // To leave is to drop the future of the call.
        let outcome = tokio::select! {
            biased;
            () = leaving.notified() => {
                line["abortedAt"] = json!(now() as u64);
                Some(Err(Failure::other("Dropped", "left")))
            }
            outcome = run(&client, cell) => outcome,
            () = tokio::time::sleep(Duration::from_secs(20)) => Some(Err(Failure::other("Timeout", "took longer than 20 s"))),
        };
        let fields = match outcome {
            None => json!({ "missing": true }),
            Some(Ok(observed)) => serde_json::to_value(observed).expect("JSON"),
            Some(Err(failure)) => json!({ "error": failure }),
        };
        for (name, value) in fields.as_object().expect("an object") {
            line[name] = value.clone();
        }
        println!("{line}");
    }
    std::process::exit(0);
}
