import type { Json } from '../json.ts'
import type { Approval } from './approval.ts'

const style = `:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6570;--line:#d6dbe1;--back:#f5f6f8;--card:#fff;--yes:#1a6b3c;--no:#a02b2b}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a2abb5;--line:#3a424b;--back:#14171a;--card:#1d2125;--yes:#2f8f57;--no:#c24f4f}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif;padding:1rem}
main{width:min(40rem,100%);background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.5rem 1.75rem}
h1{font-size:1.25rem;margin:0 0 .25rem}p{margin:.5rem 0}.soft{color:var(--soft);font-size:.9rem}
pre{background:var(--back);border:1px solid var(--line);border-radius:8px;padding:.75rem;overflow:auto;max-height:20rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}
label{display:block;margin:.75rem 0;font-weight:600}label span{display:block}
input,textarea,select{width:100%;font:inherit;padding:.5rem .6rem;margin-top:.25rem;border:1px solid var(--line);border-radius:8px;background:var(--card);color:var(--ink)}
input[type=checkbox]{width:auto;margin:0}.check{display:flex;align-items:center;gap:.6rem}label .soft{font-weight:400}
.acts{display:flex;gap:.75rem;flex-wrap:wrap;margin-top:1.25rem}button{font:inherit;font-weight:600;padding:.6rem 1.25rem;border-radius:8px;border:1px solid transparent;cursor:pointer;color:#fff}
.yes{background:var(--yes)}.no{background:var(--no)}.wrong{color:var(--no);font-weight:600}
button:focus-visible,input:focus-visible,textarea:focus-visible,select:focus-visible{outline:3px solid #4c8dff;outline-offset:2px}`

/** For the header `content-security-policy`: nothing is loaded, nothing runs, and it is shown in no frame. */
export const linkPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${new Bun.CryptoHasher('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const text = (words: string): string => Bun.escapeHTML(words)

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>${text(title)}</title><style>${style}</style></head>
<body><main>${body}</main></body></html>
`

/** A page that only tells something. */
export const tellingPage = (title: string, words: string): string =>
  page(title, `<h1>${text(title)}</h1><p>${text(words)}</p>`)

export interface Asked {
  approval: Approval
  token: string
  /** What was wrong with what was sent before; null: nothing was. */
  wrong: string | null
}

/** The page on which its bearer decides. */
export function decidingPage({ approval, token, wrong }: Asked): string {
  const { agent, tool, message, input, kind, expiresAt, form } = approval
  const title = titles[kind]
  const fields = kind === 'in_doubt' ? '' : formFields(form)
  return page(
    title,
    `<h1>${text(title)}</h1>
<p>${text(message)}</p>
<p class="soft">Agent <b>${text(agent)}</b>, tool <b>${text(tool)}</b>${
      expiresAt === null ? '' : `, to be decided by ${new Date(expiresAt).toUTCString()}`
    }</p>
${kind === 'question' ? '' : `<pre>${text(JSON.stringify(input, null, 2))}</pre>`}
${wrong === null ? '' : `<p class="wrong" role="alert">${text(wrong)}</p>`}
<form method="post">
<input type="hidden" name="token" value="${text(token)}">
${fields}
${kind === 'in_doubt' ? outputField : ''}
<label><span>Why, if you refuse</span><input name="reason" maxlength="2000"></label>
<div class="acts">${buttons[kind]}</div>
</form>`,
  )
}

const titles: Readonly<Record<Approval['kind'], string>> = {
  approval: 'An agent asks for your approval',
  in_doubt: 'A call may or may not have happened',
  question: 'An agent asks you something',
  client_tool: 'A tool is to be run',
  child_run: 'Another agent is at work',
}

const button = (action: string, words: string, kind: 'yes' | 'no') =>
  `<button class="${kind}" name="action" value="${action}">${words}</button>`
const refuse = button('deny', 'Refuse', 'no')
const end = button('fail', 'End the run', 'no')
const outputField =
  '<label><span>What came of it, if it has happened</span><textarea name="output" rows="3"></textarea></label>'

const buttons: Readonly<Record<Approval['kind'], string>> = {
  approval: button('approve', 'Approve', 'yes') + refuse,
  in_doubt: button('done', 'It has happened', 'yes') + button('run_again', 'It has not: run it', 'yes') + end,
  question: button('done', 'Answer', 'yes') + refuse,
  client_tool: end,
  child_run: end,
}

interface FieldSchema {
  type?: unknown
  title?: unknown
  description?: unknown
  enum?: unknown
}

/** Inputs for the fields of a form that are texts, numbers, choices and yes or no; the rest is sent as JSON. */
function formFields(form: Approval['form']): string {
  return fieldsOf(form)
    .map(([name, schema, isRequired]) => {
      const title = typeof schema.title === 'string' ? schema.title : name
      const hint = typeof schema.description === 'string' ? `<span class="soft">${text(schema.description)}</span>` : ''
      const label = `<span>${text(title)}${isRequired ? ' *' : ''}</span>${hint}`
      const id = text(`field.${name}`)
      if (Array.isArray(schema.enum)) {
        const options = schema.enum.map(value => `<option>${text(String(value))}</option>`)
        return `<label>${label}<select name="${id}">${isRequired ? '' : '<option></option>'}${options.join('')}</select></label>`
      }
      if (schema.type === 'boolean')
        return `<label class="check"><input type="checkbox" name="${id}" value="true">${label}</label>`
      if (schema.type === 'number' || schema.type === 'integer')
        return `<label>${label}<input type="number" step="${schema.type === 'integer' ? '1' : 'any'}" name="${id}"></label>`
      return `<label>${label}<textarea name="${id}" rows="2"></textarea></label>`
    })
    .join('\n')
}

function fieldsOf(form: Approval['form']): [string, FieldSchema, boolean][] {
  const { properties, required } = form ?? {}
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return []
  const needed = Array.isArray(required) ? required : []
  return Object.entries(properties).map(([name, schema]) => [
    name,
    // Whatever else a property is, it is shown as a text.
    typeof schema === 'object' && schema !== null ? (schema as FieldSchema) : {},
    needed.includes(name),
  ])
}

/** What was filled in, typed as the form has it; undefined: nothing is asked for. */
export function filledIn(form: Approval['form'], sent: URLSearchParams): Json | undefined {
  if (form === null) return undefined
  const filled: { [name: string]: Json } = {}
  for (const [name, schema] of fieldsOf(form)) {
    const value = sent.get(`field.${name}`)
    if (schema.type === 'boolean') filled[name] = value === 'true'
    else if (value !== null && value !== '') filled[name] = typed(value, schema.type)
  }
  return filled
}

function typed(value: string, type: unknown): Json {
  if (type === 'number' || type === 'integer') return Number(value)
  if (type !== 'object' && type !== 'array') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
