import { assert, describe, it } from "@effect/vitest"
import * as ModelRule from "../../src/tokens/ModelRule.ts"

describe("ModelRule", () => {
  const encodings = {
    o200k_base: [
      "gpt-4o",
      "gpt-4o-2024-08-06",
      "chatgpt-4o-latest",
      "ft:gpt-4o-mini:org::id",
      "gpt-4.1-nano",
      "gpt-4.5-preview",
      "o1-preview",
      "o3",
      "o4-mini",
      "gpt-5",
      "gpt-5-chat-latest",
      "openai/gpt-5-mini",
      "openrouter/openai/gpt-5-nano:free",
      "GPT-4o"
    ],
    o200k_harmony: ["gpt-oss-120b", "openai/gpt-oss-20b", "gpt-oss:120b", "openai.gpt-oss-120b-1:0"],
    cl100k_base: ["gpt-4", "gpt-4-turbo", "gpt-3.5-turbo", "gpt-35-turbo", "text-embedding-3-small", "davinci-002"],
    p50k_base: ["text-davinci-003", "code-davinci-002", "code-cushman-001"],
    r50k_base: ["davinci", "text-ada-001", "gpt2"]
  }
  for (const [encoding, models] of Object.entries(encodings)) {
    it(`counts ${encoding} exactly: ${models.join(", ")}`, () => {
      for (const model of models) {
        const rule = ModelRule.of(model)
        assert.strictEqual(rule.encoding, encoding, model)
        assert.strictEqual(rule.error, 0, model)
      }
    })
  }

  const families = {
    "gpt-5.1": ["gpt-5.1", "gpt-5.1-codex"],
    "gpt-5.4": ["gpt-5.4-mini", "openai.gpt-5.4"],
    "gpt-5.6": ["gpt-5.6-sol", "gpt-5.9", "gpt-6-astra", "gpt-6.1-sol"],
    "claude-4.7": [
      "claude-opus-4-7",
      "anthropic/claude-opus-4.8",
      "claude-sonnet-5",
      "us.anthropic.claude-opus-5-5-20260922-v1:0",
      "claude-haiku-5-5",
      "claude-fable-5-1",
      "claude-mythos-preview"
    ],
    "claude-4.5": [
      "claude-haiku-4-5-20251001",
      "anthropic/claude-sonnet-4.6",
      "claude-opus-4-5@20251101",
      "anthropic/claude-4.6-sonnet-20260217"
    ],
    "claude-4": ["claude-opus-4-20250514", "claude-opus-4-1", "anthropic/claude-sonnet-4"],
    "claude-3.7": ["claude-3-7-sonnet-20250219", "anthropic/claude-3.7-sonnet"],
    "claude-3.5-0620": ["claude-3-5-sonnet-20240620", "anthropic.claude-3-5-sonnet-20240620-v1:0"],
    "claude-3-opus": ["claude-3-opus-20240229"],
    "claude-3-sonnet": ["anthropic.claude-3-sonnet-20240229-v1:0"],
    "claude-3-haiku": ["claude-3-haiku-20240307"],
    claude: [
      "claude-3-5-haiku-20241022",
      "claude-3-5-sonnet-20241022",
      "claude-2.1",
      "anthropic.claude-v2",
      "claude-instant-1.2"
    ],
    "gemini-3": ["gemini-3-pro-preview", "google/gemini-3.5-flash", "models/gemini-3.1-pro"],
    gemini: ["gemini-2.5-flash", "gemini-1.5-pro"],
    gemma: ["gemma3:1b", "google/gemma-3-27b-it"],
    "llama-3": ["llama3-8b-8192", "llama3", "meta-llama/Meta-Llama-3-8B-Instruct", "meta.llama3-70b-instruct-v1:0"],
    "llama-4": ["meta-llama/llama-4-scout"],
    llama: ["llama3.3:70b", "llama-3.1-8b-instant", "meta.llama3-1-70b-instruct-v1:0", "llama-v3p1-405b-instruct"],
    mixtral: ["mistralai/Mixtral-8x7B-Instruct-v0.1", "llama-2-7b", "open-mistral-7b"],
    mistral: ["mistral-small-latest", "mistral.voxtral-mini-3b-2507", "codestral-latest"],
    "deepseek-v4": ["deepseek-v4-flash"],
    deepseek: ["deepseek-chat", "deepseek-ai/DeepSeek-V3"],
    "qwen-3.5": ["Qwen/Qwen3-Coder-480B-A35B-Instruct:cerebras", "qwen3.6:latest"],
    qwen: ["qwen2.5-72b", "qwq-32b", "qwen3", "qwen3:8b"],
    "grok-4": ["x-ai/grok-4-fast", "grok-4-1-fast-non-reasoning", "grok-3-mini"],
    grok: ["grok-4.3", "grok-4.20"],
    "kimi-k2.5": ["Kimi-K2.5"],
    kimi: ["moonshotai/Kimi-K2-Instruct-0905:groq"],
    glm: ["glm-4.5", "zai-org/GLM-4.6"],
    "command-a-plus": ["command-a-plus-05-2026"],
    "command-a": ["command-a-03-2025", "command-r7b-12-2024"],
    "command-r-08-2024": ["command-r-08-2024", "command-r-plus-08-2024"],
    "command-r": ["command-r", "command-r-plus"],
    nova: ["amazon.nova-pro-v1:0", "us.amazon.nova-2-lite-v1:0", "amazon.titan-text-express-v1"],
    sonar: ["sonar-reasoning-pro"],
    any: ["my-azure-deployment", "", "o", "gpt"]
  }
  for (const [id, models] of Object.entries(families)) {
    it(`estimates ${id}: ${models.join(", ")}`, () => {
      for (const model of models) {
        const rule = ModelRule.of(model)
        assert.strictEqual(rule.id, id, model)
        assert.isAbove(rule.error, 0, model)
      }
    })
  }
})
