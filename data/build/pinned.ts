/**
 * The packages that the data is made from. Any other build of them is refused. The integrity is that of the tarball, or
 * of the one file that is read of a wheel; the date is the day on which the package was published.
 */
export const pinned = {
  genai: {
    package: "genai-prices==0.2.3",
    file: "genai_prices/data.py",
    integrity: "sha512-v0xKZxT42+vVQOxd+Nu8eP59H9+kpZlOyhviJkWnkCy4sSlVZsiMbLAeZ6ZKuA6wMtgTcxo7brimd8G59/RBqA==",
    date: "2026-11-10",
    licence: "MIT",
    url: "https://github.com/pydantic/genai-prices"
  },
  pi: {
    package: "@earendil-works/pi-ai@1.6.0",
    integrity: "sha512-9hL+eygFDEiFp//cydeUfmFsKmEqpmvsNPb10Y1W8+m5K9O+sx1hMStfu6nukrBD5sl6mP4RykCYBBNEgsVLfw==",
    date: "2026-11-20",
    licence: "MIT",
    url: "https://github.com/earendil-works/pi"
  },
  litellm: {
    package: "litellm==1.110.2",
    file: "litellm/model_prices_and_context_window_backup.json",
    integrity: "sha512-jtjk5fpooS2P3s3t1LtoZby7hpqpyF7h1+V/aNClkRl/MLuiQSREQDt47yNyOh/1d3nKaBtKdUPvTs+Y+oji8w==",
    date: "2026-11-20",
    licence: "MIT",
    url: "https://github.com/BerriAI/litellm"
  }
} as const

/** The key of a source in the data. */
export type SourceKey = "g" | "p" | "l"

export const dateOf: { readonly [key in SourceKey]: string } = {
  g: pinned.genai.date,
  p: pinned.pi.date,
  l: pinned.litellm.date
}

/** The day that the data is made for: that of the newest source. */
export const newest: string = Object.values(dateOf).toSorted().at(-1) ?? ""
