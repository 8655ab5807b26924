import { fromUnknown, type Rate, sum, times } from "../../Rate.ts"

/** Meter and factor to the meter's unit, by the key without threshold and tier. */
const meters: { readonly [key: string]: readonly [meter: string, factor: number] } = {
  input_cost_per_token_cache_hit: ["cacheRead", 1e6],
  input_cost_per_token: ["input", 1e6],
  output_cost_per_token: ["output", 1e6],
  cache_read_input_token_cost: ["cacheRead", 1e6],
  cache_creation_input_token_cost: ["cacheWrite5m", 1e6],
  cache_creation_input_token_cost_above_1hr: ["cacheWrite1h", 1e6],
  output_cost_per_reasoning_token: ["reasoning", 1e6],
  citation_cost_per_token: ["citation", 1e6],
  input_cost_per_audio_token: ["inputAudio", 1e6],
  output_cost_per_audio_token: ["outputAudio", 1e6],
  cache_read_input_audio_token_cost: ["cacheReadAudio", 1e6],
  input_cost_per_image_token: ["inputImage", 1e6],
  output_cost_per_image_token: ["outputImage", 1e6],
  cache_read_input_image_token_cost: ["cacheReadImage", 1e6],
  input_cost_per_video_token: ["inputVideo", 1e6],
  output_cost_per_video_token: ["outputVideo", 1e6],
  input_cost_per_character: ["inputCharacters", 1e6],
  output_cost_per_character: ["outputCharacters", 1e6],
  input_cost_per_second: ["inputSeconds", 3600],
  output_cost_per_second: ["outputSeconds", 3600],
  input_cost_per_audio_per_second: ["inputSeconds", 3600],
  input_cost_per_video_per_second: ["inputVideoSeconds", 3600],
  output_cost_per_video_per_second: ["outputVideoSeconds", 3600],
  input_cost_per_image: ["inputImages", 1],
  output_cost_per_image: ["outputImages", 1],
  input_cost_per_pixel: ["inputPixels", 1e9],
  output_cost_per_pixel: ["outputPixels", 1e9],
  input_cost_per_query: ["requests", 1000],
  input_cost_per_request: ["requests", 1000],
  ocr_cost_per_page: ["pages", 1000],
  annotation_cost_per_page: ["annotatedPages", 1000],
  google_maps_grounding_cost_per_query: ["mapSearches", 1000],
  code_interpreter_cost_per_session: ["codeSessions", 1],
  file_search_cost_per_1k_calls: ["fileSearches", 1]
}

/** DeepSeek's old word for a rate that has a newer key. */
const legacy = "input_cost_per_token_cache_hit"

const tiers: { readonly [suffix: string]: string } = {
  batches: "batch",
  flex: "flex",
  priority: "priority",
  ultrafast: "ultrafast"
}

/** One rate of an entry, with what its key says. */
export interface LiteLlmKey {
  readonly meter: string
  readonly rate: Rate
  /** The rate of requests with more input tokens than this. */
  readonly above: number | undefined
  readonly tier: string | undefined
}

const parse = (key: string): (Omit<LiteLlmKey, "rate"> & { readonly factor: number }) | undefined => {
  const suffix = /_(batches|flex|priority|ultrafast)$/.exec(key)
  const rest = suffix === null ? key : key.slice(0, suffix.index)
  const threshold = /_above_(\d+)(k?)_tokens$/.exec(rest)
  const base = threshold === null ? rest : rest.slice(0, threshold.index)
  const found = Object.hasOwn(meters, base) ? meters[base] : variant(base)
  return found === undefined
    ? undefined
    : {
        meter: found[0],
        factor: found[1],
        above: threshold === null ? undefined : Number(threshold[1]) * (threshold[2] === "k" ? 1000 : 1),
        tier: suffix === null ? undefined : tiers[suffix[1] ?? ""]
      }
}

/** `output_cost_per_image_2K`, `output_cost_per_second_720p`. */
const variant = (key: string): readonly [string, number] | undefined => {
  const image = /^output_cost_per_image_(\d+(?:\.\d+)?K?)$/.exec(key)
  if (image !== null) return [`outputImages:${image[1]}`, 1]
  const video = /^output_cost_per_second_(\d+[pk])$/.exec(key)
  return video === null ? undefined : [`outputVideoSeconds:${video[1]}`, 3600]
}

/** Every rate of an entry in our units. An annotated page costs the page and its annotation. */
export const prices = (entry: { readonly [key: string]: unknown }): ReadonlyArray<LiteLlmKey> => {
  const found: Array<LiteLlmKey> = []
  for (const [key, value] of Object.entries(entry)) {
    const parsed = parse(key)
    const rate = fromUnknown(value)
    if (parsed === undefined || rate === undefined) continue
    if (key === legacy && "cache_read_input_token_cost" in entry) continue
    const { factor, ...name } = parsed
    found.push({ ...name, rate: times(rate, factor) })
  }
  const search = entry.search_context_cost_per_query
  const medium = fromUnknown(
    (search as { readonly [size: string]: unknown } | undefined)?.["search_context_size_medium"]
  )
  if (medium !== undefined) {
    found.push({ meter: "webSearches", rate: times(medium, 1000), above: undefined, tier: undefined })
  }
  const page = fromUnknown(entry.ocr_cost_per_page)
  return page === undefined ? found : found.map((price) => withPage(price, times(page, 1000)))
}

const withPage = (price: LiteLlmKey, page: Rate): LiteLlmKey =>
  price.meter === "annotatedPages" ? { ...price, rate: sum(price.rate, page) } : price
