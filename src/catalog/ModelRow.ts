/** A row of a table about models: `model` is a regular expression on the id. */
export interface ModelRow {
  readonly provider: string
  readonly model: string
}

/**
 * The rows that are about a model. What holds for Claude at Anthropic holds for it on Bedrock, where its name has the
 * maker's before it.
 */
export const about = <Row extends ModelRow>(
  rows: ReadonlyArray<Row>,
  { id, provider }: { readonly provider: string; readonly id: string }
): ReadonlyArray<Row> => {
  const found = rows.filter((row) => row.provider === provider && new RegExp(row.model).test(id))
  const claude = provider === "bedrock" ? /(?:^|[./])anthropic\.(claude-.*)$/s.exec(id)?.[1] : undefined
  return claude === undefined ? found : [...found, ...about(rows, { provider: "anthropic", id: claude })]
}
