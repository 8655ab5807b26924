import type { ComponentChildren } from "preact"

/** A table that scrolls sideways on small screens, by the keyboard too. */
export const TableScroll = ({ children, label }: { readonly label: string; readonly children: ComponentChildren }) => (
  <div class="table-scroll" tabIndex={0} role="region" aria-label={label}>
    <table>{children}</table>
  </div>
)

/** The heads of columns; those of figures begin with `#`. */
export const Heads = ({ names }: { readonly names: ReadonlyArray<string> }) => (
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
