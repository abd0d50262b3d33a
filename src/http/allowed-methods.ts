/** The methods that a path has, in alphabetical order; none where there is no such path. */
export function allowedMethods(routes: { method: string; path: string }[], path: string): string[] {
  const wanted = segments(path)
  const methods = new Set(routes.filter(route => fits(segments(route.path), wanted)).map(route => route.method))
  if (methods.has('GET')) methods.add('HEAD')
  return [...methods].sort()
}

const segments = (path: string): string[] => path.split('/').filter(Boolean)

const fits = (pattern: string[], wanted: string[]): boolean =>
  pattern.length === wanted.length &&
  pattern.every((segment, index) => segment.startsWith(':') || segment === '*' || segment === wanted[index])
