/** The size of an image, in pixels. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/**
 * The tokens of an image:
 * - `tile`: a base, and so much for each tile of 512 pixels after fitting 2048 x 2048 and a short side of 768;
 *   `low` detail is the base alone.
 * - `patch`: patches of 32 pixels, times a multiplier, after fitting the longest edge and the number of patches that
 *   the detail allows.
 * - `area`: patches, after shrinking until edge and number are within bounds.
 * - `grid`: so much for a small image, or for each cell of a larger one.
 * - `fixed`: by detail alone.
 */
export type ImageRule = { readonly id: string; readonly error: number; readonly source: string } & (
  | { readonly type: "tile"; readonly base: number; readonly tile: number }
  | {
      readonly type: "patch"
      readonly multiplier: number
      readonly details: { readonly [detail: string]: { readonly edge: number; readonly patches?: number } }
    }
  | { readonly type: "area"; readonly patch: number; readonly edge: number; readonly most: number }
  | { readonly type: "grid"; readonly small: number; readonly cell: number; readonly tokens: number }
  | { readonly type: "fixed"; readonly tokens: { readonly [detail: string]: number } }
)

/** How many tokens an image has. A detail that the rule does not know counts as `auto`. */
export const imageTokens = (rule: ImageRule, size: ImageSize, detail = "auto"): number => {
  switch (rule.type) {
    case "tile":
      return detail === "low" ? rule.base : rule.base + rule.tile * tiles(size)
    case "patch":
      return Math.ceil(patches(size, ofDetail(rule.details, detail)) * rule.multiplier)
    case "area":
      return area(size, rule)
    case "grid":
      return size.width <= rule.small && size.height <= rule.small
        ? rule.tokens
        : rule.tokens * cells(size.width, rule.cell) * cells(size.height, rule.cell)
    case "fixed":
      return ofDetail(rule.tokens, detail)
  }
}

const ofDetail = <A>(details: { readonly [detail: string]: A }, detail: string): A =>
  (Object.hasOwn(details, detail) ? details[detail] : details.auto) as A

const cells = (pixels: number, cell: number): number => Math.ceil(pixels / cell)

const scaled = ({ height, width }: ImageSize, factor: number): ImageSize => ({
  width: Math.floor(width * factor),
  height: Math.floor(height * factor)
})

const longest = ({ height, width }: ImageSize): number => Math.max(width, height)

const tiles = (size: ImageSize): number => {
  const fitted = longest(size) > 2048 ? scaled(size, 2048 / longest(size)) : size
  const short = Math.min(fitted.width, fitted.height)
  const { height, width } = short > 768 ? scaled(fitted, 768 / short) : fitted
  return cells(width, 512) * cells(height, 512)
}

const patches = (size: ImageSize, limits: { readonly edge: number; readonly patches?: number }): number => {
  const fitted = longest(size) > limits.edge ? scaled(size, limits.edge / longest(size)) : size
  const count = cells(fitted.width, 32) * cells(fitted.height, 32)
  if (limits.patches === undefined || count <= limits.patches) return count
  const shrink = Math.sqrt((32 * 32 * limits.patches) / (fitted.width * fitted.height))
  // Both sides come down to whole patches by the same factor.
  const [across, down] = [(fitted.width * shrink) / 32, (fitted.height * shrink) / 32]
  const whole = Math.min(Math.floor(across) / across, Math.floor(down) / down)
  const { height, width } = scaled(fitted, shrink * whole)
  return cells(width, 32) * cells(height, 32)
}

const area = (size: ImageSize, rule: { readonly patch: number; readonly edge: number; readonly most: number }) => {
  const count = (factor: number) => cells(size.width * factor, rule.patch) * cells(size.height * factor, rule.patch)
  let high = Math.min(1, rule.edge / longest(size))
  if (count(high) <= rule.most) return count(high)
  let low = 0
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (count(middle) <= rule.most) low = middle
    else high = middle
  }
  return count(low)
}

/** The size of a PNG, JPEG, GIF or WebP, read from its first bytes; `undefined` if unknown. */
export const imageSize = (bytes: Uint8Array): ImageSize | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const starts = (magic: string, at = 0) => ascii(bytes, at, magic.length) === magic
  if (starts("\x89PNG") && bytes.length >= 24) return { width: view.getUint32(16), height: view.getUint32(20) }
  if (starts("GIF8") && bytes.length >= 10) return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
  if (starts("RIFF") && starts("WEBP", 8) && bytes.length >= 30) return webp(view, ascii(bytes, 12, 4))
  return starts("\xff\xd8") ? jpeg(view) : undefined
}

const ascii = (bytes: Uint8Array, start: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(start, start + length))

const webp = (view: DataView, chunk: string): ImageSize | undefined => {
  switch (chunk) {
    case "VP8 ":
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
    case "VP8L": {
      const bits = view.getUint32(21, true)
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
    }
    case "VP8X":
      return {
        width: (view.getUint16(24, true) | (view.getUint8(26) << 16)) + 1,
        height: (view.getUint16(27, true) | (view.getUint8(29) << 16)) + 1
      }
    default:
      return undefined
  }
}

/** The size is in the frame header: the first segment SOF0 to SOF15 that is no table (C4, C8, CC). */
const jpeg = (view: DataView): ImageSize | undefined => {
  for (let at = 2; at + 9 <= view.byteLength && view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1)
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    }
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2)
  }
  return undefined
}
