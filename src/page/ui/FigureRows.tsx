/** A figure with its name, and a note if that is not empty. */
export type FigureRow = readonly [name: string, value: string, note?: string]

/** Figures, each under its name. */
export const FigureRows = ({ rows, ...rest }: { readonly rows: ReadonlyArray<FigureRow>; readonly class?: string }) => (
  <dl {...rest}>
    {rows.map(([name, value, note = ""]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>
          {value}
          {note !== "" && <small>{note}</small>}
        </dd>
      </div>
    ))}
  </dl>
)
