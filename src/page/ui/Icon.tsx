/** Line drawings of 24 by 24, always next to a label. */
const paths = {
  add: "M12 5v14M5 12h14",
  allowance: "M4 7h16v12H4zM4 11h16M8 15h3",
  attach: "M20 11.5 12 19.5a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7L9.8 17a1.7 1.7 0 0 1-2.4-2.4L15 7",
  budgets:
    "M12 3v18M16.5 7.5C16 6 14.3 5.5 12 5.500S7.5 6.5 7.5 8.5 9.5 11.5 12 12s4.5 1.5 4.5 3.5-2 3-4.5 3-4.5-.5-5-2",
  calls: "M4 6h16M4 12h16M4 18h10",
  check: "m5 13 4 4L19 7",
  close: "M6 6l12 12M18 6 6 18",
  code: "m8 7-5 5 5 5M16 7l5 5-5 5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  explain: "M6 4v6a4 4 0 0 0 4 4h8M14 10l4 4-4 4M6 20v-6",
  keys: "M14 10a4 4 0 1 0-3.5 4L13 16.500V19h3v-2h2v-3l-4-4zM9.5 9.500h.01",
  menu: "M4 7h16M4 12h16M4 17h16",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.5 2.5-6 6-6s6 2.5 6 6M16 4.500a3.5 3.5 0 0 1 0 6M17.5 14.500c2 .8 3.5 2.8 3.5 5.5",
  playground: "M4 5h16v11H9l-5 4z",
  providers: "M4 5h16v5H4zM4 14h16v5H4zM8 7.500h.01M8 16.500h.01",
  send: "M12 19V5M6 11l6-6 6 6",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.500v5M8 14.500v5",
  stop: "M7 7h10v10H7z",
  tune: "M5 4v7M5 15v5M12 4v3M12 11v9M19 4v9M19 17v3M3 11h4M10 11h4M17 13h4",
  usage: "M4 20V10M10 20V4M16 20v-7M21 20H3"
} as const

export type IconName = keyof typeof paths

export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
    <path d={paths[name]} />
  </svg>
)
