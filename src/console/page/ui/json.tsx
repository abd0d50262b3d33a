/** Any value, as one reads it. */
export function Json({ value, label }: { value: unknown; label?: string }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return (
    // biome-ignore-start lint/a11y/noNoninteractiveTabindex: what scrolls must be scrolled by the keyboard, too
    // biome-ignore-start lint/a11y/useSemanticElements: a page has many of one name, which are no landmarks and no fieldsets
    <div className="json" role="group" tabIndex={0} aria-label={label}>
      <pre>{text ?? ''}</pre>
    </div>
    // biome-ignore-end lint/a11y/useSemanticElements: as above
    // biome-ignore-end lint/a11y/noNoninteractiveTabindex: as above
  )
}
