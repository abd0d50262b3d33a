/** Any value, as one reads it. */
export function Json({ value, label }: { value: unknown; label?: string }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrolled by the keyboard, too
    <section className="json" tabIndex={0} aria-label={label}>
      <pre>{text ?? ''}</pre>
    </section>
  )
}
