import type { PageFiles } from './build-page.ts'

/** The only page there is: what it shows, its script decides. */
export function consolePage({ script, styles }: Pick<PageFiles, 'script' | 'styles'>): Response {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64')
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<meta property="csp-nonce" nonce="${nonce}">
<title>Bunkhouse</title>
<link rel="icon" href="data:,">
${styles.map(style => `<link rel="stylesheet" href="/console/assets/${style}">`).join('\n')}
<script type="module" src="/console/assets/${script}"></script>
</head>
<body>
<div id="root">
<p class="loading" role="status">Bunkhouse …</p>
<p class="loading late">The console does not load. 控制台加载不出来。 <a href="">Load it again · 重新加载</a></p>
</div>
<noscript>The console is a program in your browser: it needs JavaScript. The API at /v1 does not.</noscript>
</body>
</html>
`
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(nonce),
      'cache-control': 'no-store',
    },
  })
}

/** Nothing of other hosts, no script and no style but its own, and it is shown in no frame. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
