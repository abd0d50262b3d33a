import { expect, test } from 'bun:test'
import { fileFault } from './file.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

test.each([
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff\xe0'],
  ['image/gif', 'GIF89a'],
  ['image/webp', 'RIFF....WEBPVP8 '],
  ['application/pdf', '%PDF-1.7'],
  ['text/plain', 'hello'],
  ['text/markdown', '# hello'],
])('takes %s', (type, content) => {
  expect(fileFault(type, bytes(content))).toBeNull()
})

test.each([
  ['image/png', 'GIF89a', 'It does not begin as image/png does.'],
  ['application/pdf', 'PK', 'It does not begin as application/pdf does.'],
  ['text/plain', '\xff\xfe', 'It is no text in UTF-8.'],
  ['text/plain', 'a\0b', 'It is no text in UTF-8.'],
  ['text/plain', '', 'It is empty.'],
  [
    'application/zip',
    'PK',
    'application/zip is none of image/png, image/jpeg, image/gif, image/webp, application/pdf, text/*.',
  ],
])('refuses %s that is %p', (type, content, fault) => {
  expect(fileFault(type, bytes(content))).toBe(fault)
})
