import { AppError } from '../errors.ts'

const assets = 'swagger/assets'

/** What the plugin is to be told for its page. Addresses are relative: a proxy may serve all of this below a path. */
export const pageOptions = {
  provider: 'swagger-ui',
  theme: `${assets}/swagger-ui.css`,
  autoDarkMode: false,
  swaggerOptions: {
    deepLinking: true,
    displayRequestDuration: true,
    defaultModelRendering: 'example',
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    // Else the page tells a public service of this document.
    validatorUrl: 'none',
  },
} as const

export interface Page {
  html: string
  /** For the header `content-security-policy`: this process alone, and only the scripts the page came with. */
  policy: string
}

// Swagger UI has a dark mode, and leaves it to the page to choose it.
const darkMode = `const dark = matchMedia('(prefers-color-scheme: dark)')
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', paint)
paint()`

/** The plugin's page, with what it loads from elsewhere loaded from this process. */
export function localPage(pluginHtml: string): Page {
  const html = pluginHtml
    .replace(/"https:\/\/unpkg\.com\/[^"]+\/(swagger-ui-bundle\.js)" crossorigin/, `"${assets}/$1"`)
    .replace('"plugin/json"', '"swagger/json"')
    .replace('</head>', `<link rel="icon" href="${assets}/favicon-32x32.png" /><script>${darkMode}</script></head>`)
  if (/https?:/.test(html)) throw new AppError('internal', 'The Swagger page would load from other hosts.')
  return { html, policy: policyOf(html) }
}

function policyOf(html: string): string {
  const inline = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${sha256(script)}'`,
  )
  return [
    "default-src 'none'",
    `script-src 'self' ${inline.join(' ')}`,
    // Swagger UI styles some elements directly.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

const sha256 = (text: string): string => new Bun.CryptoHasher('sha256').update(text).digest('base64')
