import type { ComponentChildren } from "preact"

/** A table that scrolls sideways on small screens, by the keyboard too. */
export const TableScroll = ({
  cards = false,
  children,
  label
}: {
  readonly label: string
  /** Whether its rows are cards on small screens, with two cells a line where they are dense; cells say what they are by `data-label`. */
  readonly cards?: boolean | "dense"
  readonly children: ComponentChildren
}) => (
  <div class="table-scroll" tabIndex={0} role="region" aria-label={label}>
    <table class={cards === false ? undefined : cards === true ? "cards" : `cards ${cards}`}>{children}</table>
  </div>
)

/** The heads of columns; those of figures begin with `#`. */
export const TableHead = ({ names }: { readonly names: ReadonlyArray<string> }) => (
  <thead>
    <tr>
      {names.map((name) => (
        <th key={name} scope="col" class={name.startsWith("#") ? "number" : ""}>
          {name === "" ? <span class="hidden">Actions</span> : name.replace("#", "")}
        </th>
      ))}
    </tr>
  </thead>
)

/** What can be done with the row of a table, by its name. */
export const RowAction = ({
  action,
  name,
  run
}: {
  readonly name: string
  readonly action: string
  readonly run: () => void
}) => (
  <button type="button" class="row-action" aria-label={`${action} ${name}`} onClick={run}>
    {action}
  </button>
)
