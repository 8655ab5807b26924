/** What is asked and what the server answers, in the shape that OpenAI's chat completions have. */
export const model = "gpt-4o-mini"
export const prompt = "Explain in a few sentences why the sky is blue."

const words =
  "The sky looks blue because air scatters the short waves of sunlight far more than the long ones, so blue light comes to us from every side".split(
    " "
  )
const tokens = Array.from({ length: 97 }, (_, i) => (i === 0 ? "" : " ") + (words[i % words.length] ?? ""))

/** The text that every client must have read. */
export const text = tokens.join("")

const usage = {
  prompt_tokens: 17,
  completion_tokens: 97,
  total_tokens: 114,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0
  }
}
const common = {
  id: "chatcmpl-CrX4ZqA2m0b1TqkM9wVdYt5gHs8eL",
  created: 1763700000,
  model: "gpt-4o-mini-2024-07-18",
  service_tier: "default",
  system_fingerprint: "fp_560af6e559"
}

export const completion = {
  ...common,
  object: "chat.completion",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: text, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: "stop"
    }
  ],
  usage
}

const chunk = (delta: object, finish: string | null) => ({
  ...common,
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  usage: null
})

/** 100 chunks: the role, 97 tokens, the finish reason, the usage. */
export const chunks: ReadonlyArray<object> = [
  chunk({ role: "assistant", content: "", refusal: null }, null),
  ...tokens.map((token) => chunk({ content: token }, null)),
  chunk({}, "stop"),
  { ...common, object: "chat.completion.chunk", choices: [], usage }
]
