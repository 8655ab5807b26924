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
    claude: [
      "claude-3-7-sonnet-20250219",
      "claude-opus-4-20250514",
      "claude-opus-4-1",
      "claude-2.1",
      "anthropic.claude-v2",
      "claude-instant-1.2"
    ],
    "gemini-3": ["gemini-3-pro-preview", "google/gemini-3.5-flash", "models/gemini-3.1-pro"],
    gemini: ["gemini-2.5-flash", "gemini-1.5-pro"],
    gemma: ["gemma3:1b", "google/gemma-3-27b-it"],
    llama: ["meta-llama/llama-4-scout", "llama3.3:70b", "meta.llama3-1-70b-instruct-v1:0", "llama-v3p1-405b-instruct"],
    mixtral: ["mistralai/Mixtral-8x7B-Instruct-v0.1", "llama-2-7b", "open-mistral-7b"],
    mistral: ["mistral-small-latest", "mistral.voxtral-mini-3b-2507", "codestral-latest"],
    deepseek: ["deepseek-chat", "deepseek-ai/DeepSeek-V3"],
    qwen: ["Qwen/Qwen3-Coder-480B-A35B-Instruct:cerebras", "qwen2.5-72b", "qwq-32b"],
    grok: ["grok-4.3", "x-ai/grok-4-fast"],
    any: ["command-r-plus", "amazon.nova-pro-v1:0", "my-azure-deployment", "", "o", "gpt"]
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
