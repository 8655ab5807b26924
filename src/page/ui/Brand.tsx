export const Brand = () => (
  <span class="brand">
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect width="32" height="32" rx="8" class="brand-tile" />
      <path d="M7 16h6M13 16c5 0 4-7 11-7M13 16c5 0 4 7 11 7" class="brand-line" />
    </svg>
    effect-llm
  </span>
)
