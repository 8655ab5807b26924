/** The size of an image, in pixels. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/**
 * What an image comes to:
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
