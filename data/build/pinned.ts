/** The packages that the data is made from. Any other build of them is refused. */
export const pinned = {
  genai: {
    package: "@pydantic/genai-prices@0.1.8",
    integrity: "sha512-h7CYw6qTyflG2zUndO8tXyL8Xopf+tX9JZu13h0ZFgeyYj+J2gm1edR4+R+mbQ2vPdkFjtTmmmu1cYQPM5/KTA==",
    date: "2026-09-23",
    licence: "MIT",
    url: "https://github.com/pydantic/genai-prices"
  },
  pi: {
    package: "@earendil-works/pi-ai@1.5.2",
    integrity: "sha512-2tWPSnV3qzfiDIY3aWluBag3vC++Vs+VsXt/UquSU5onPMohPih72FUhIhaqmDdMYubOgB3Byl9uF4Vk40JLvQ==",
    date: "2026-11-10",
    licence: "MIT",
    url: "https://github.com/earendil-works/pi"
  },
  /** Of Python, without a day of its own: the day is that on which it was read. The integrity is that of the file in it. */
  litellm: {
    package: "litellm==1.109.1",
    file: "litellm/model_prices_and_context_window_backup.json",
    integrity: "sha512-70990t3oM6eC2+T3ogDi2T8MeQQOCQr6cMDC25Zj59DYlLzKXbDSkFqYyzV46h6HD5wPburalHmQDWhhHFvbNg==",
    date: "2026-11-21",
    licence: "MIT",
    url: "https://github.com/BerriAI/litellm"
  }
} as const
