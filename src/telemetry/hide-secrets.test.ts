import { expect, test } from 'bun:test'
import { hideSecrets, secretHider } from './hide-secrets.ts'

test.each([
  ['the key bh_Abcdefgh12345678 is wrong', 'the key bh_*** is wrong'],
  ['by bhs_Abcdefgh12345678', 'by bhs_***'],
  ['Incorrect API key provided: sk-proj-abcdef_1234567890.', 'Incorrect API key provided: sk-***.'],
  ['sk-ant-api03-abcdefghijkl', 'sk-***'],
  ['gsk_abcdefghijkl and hf_abcdefghijkl', 'gsk_*** and hf_***'],
  ['AIzaSyA1234567890', 'AIza***'],
  ['github_pat_11ABCDEFG0', 'github_pat_***'],
  ['Authorization: Bearer abc.def~ghi+jkl/mno==', 'Authorization: Bearer ***'],
  ['authorization: basic dXNlcjpwYXNz', 'authorization: basic ***'],
  ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def', 'token eyJ***'],
  ['postgres://me:p@ss:word@host:5432/name', 'postgres://me:***@host:5432/name'],
  ['redis://:hunter2@host', 'redis://:***@host'],
  ['GET /v1?api_key=12345678&x=1', 'GET /v1?api_key=***&x=1'],
  ['{"password": "hunter2hunter2", "user": "me"}', '{"password": "***", "user": "me"}'],
  ['x-api-key: abcdef1234', 'x-api-key: ***'],
  ['{"input":"{\\"password\\":\\"hunter2hunter2\\"}"}', '{"input":"{\\"password\\":\\"***\\"}"}'],
])('shows %p as %p', (text, shown) => {
  expect(hideSecrets(text)).toBe(shown)
})

test.each([
  '/v1/runs/run_019aaf5c7d3e7000b3c1a2f4e5d60718',
  'https://example.com:8080/a/b@c',
  'postgres://host:5432/name',
  'the bearer of bad news',
  'The password is wrong.',
  'token limit exceeded',
])('leaves %p alone', text => {
  expect(hideSecrets(text)).toBe(text)
})

test('hides what it was told to hide, however it looks', () => {
  const hide = secretHider(['correct horse battery', 'deadbeefcafe'])
  expect(hide('"correct horse battery" and deadbeefcafe, deadbeefcafe')).toBe('"***" and ***, ***')
})

test('does not hide words: a key of a few letters is none', () => {
  expect(secretHider(['ollama'])('ollama/llama4 at http://ollama')).toBe('ollama/llama4 at http://ollama')
})
