import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import packageJson from '../../package.json' with { type: 'json' }
import { allRoutes } from '../../src/cli/openapi.ts'
import { ownFailures } from '../../src/docs/failure-texts.ts'
import { errorStatus } from '../../src/errors.ts'
import { program } from '../support/program.ts'
import { type Service, startService } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import {
  type Answer,
  type ApiDocument,
  answerAt,
  type Content,
  contentExamples,
  examplesIn,
  misfits,
  type Operation,
  operationsOf,
} from './openapi-document.ts'

// The kind that the examples are of.
const jobs = temporaryFiles({
  'send-mail.ts': "export default { name: 'send-mail', input: {}, run: () => null }",
})
let service: Service
let document: ApiDocument
beforeAll(async () => {
  service = await startService({ env: { JOBS_DIR: jobs.path } })
  // Elysia compiles a route when it is first called, and changes its schemas then.
  await service.request('POST', '/v1/runs/wait', { agent: 'echo', input: 'hello' })
  await service.request('GET', '/v1/runs')
  document = await readDocument(service)
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  jobs[Symbol.dispose]()
})

describe('the document', () => {
  test('is OpenAPI 3.1 of this version', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(document.info.title).toBe('Bunkhouse')
    expect(document.info.version).toBe(packageJson.version)
  })

  test('is valid', async () => {
    // The validator changes what it is given.
    const copy: Record<string, unknown> = JSON.parse(JSON.stringify(document))
    expect(await new Validator().validate(copy)).toMatchObject({ valid: true })
  })

  test('has every route of the service, and nothing else', () => {
    const routes = allRoutes().routes.filter(route => !route.hooks.detail?.hide)
    const declared = routes.map(({ method, path }) => `${method} ${openApiPath(path)}`)
    expect(
      operationsOf(document)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(declared.sort())
  })

  test('gives every operation a name of its own, a summary, a description and a described tag', () => {
    const operations = operationsOf(document).map(({ operation }) => operation)
    expect(new Set(operations.map(operation => operation.operationId)).size).toBe(operations.length)
    for (const { operationId, summary, description, tags } of operations) {
      expect(operationId).toMatch(/^[a-z]\w+$/)
      expect({ operationId, summary, description }).toEqual({
        operationId,
        summary: expect.stringMatching(/\w+ \w+/),
        description: expect.stringMatching(/\w+ \w+/),
      })
      expect(document.tags.map(tag => tag.name)).toEqual(expect.arrayContaining(tags))
      expect(tags).toHaveLength(1)
    }
  })

  test('shows with every operation an answer and, where it takes one, a body', () => {
    for (const { name, operation } of operationsOf(document)) {
      for (const content of [...successes(operation), ...Object.values(operation.requestBody?.content ?? {})]) {
        expect({ name, schema: content.schema, examples: contentExamples(content).length }).toEqual({
          name,
          schema: expect.any(Object),
          examples: 1,
        })
      }
      expect({ name, successes: Object.keys(operation.responses).filter(isSuccess).length }).toEqual({
        name,
        successes: 1,
      })
    }
  })

  test('declares every field of a path', () => {
    for (const { name, operation } of operationsOf(document)) {
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, field]) => field)
      const declared = (operation.parameters ?? []).filter(parameter => parameter.in === 'path')
      expect({ name, fields: declared.map(parameter => parameter.name) }).toEqual({ name, fields: inPath.map(String) })
    }
  })

  test('describes every parameter', () => {
    for (const { name, operation } of operationsOf(document)) {
      for (const { name: parameter, description } of operation.parameters ?? []) {
        expect({ name, parameter, description }).toEqual({ name, parameter, description: expect.stringMatching(/\w/) })
      }
    }
  })

  test('asks for a key everywhere but at the open paths, and says for which scope', () => {
    const open = ['GET /health', 'GET /ready', 'GET /swagger', 'GET /swagger/json']
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'apiKey'])
    for (const { name, operation } of operationsOf(document)) {
      const scope = [expect.stringMatching(/^\w+:\w+$/)]
      expect({ name, security: operation.security }).toEqual({
        name,
        security: open.includes(name) ? [] : [{ bearer: scope }, { apiKey: scope }],
      })
    }
  })

  test('has the failures of every operation as problems that say their status', () => {
    for (const { name, operation } of operationsOf(document)) {
      const failures = Object.keys(operation.responses).filter(status => !isSuccess(status) && name !== `GET /ready`)
      expect({ name, failures }).toEqual({ name, failures: expect.arrayContaining(expectedFailures(name, operation)) })
      for (const status of failures) {
        const problems = answerAt(document, operation, status)?.content?.['application/problem+json']
        expect({ name, status, schema: problems?.schema }).toEqual({
          name,
          status,
          schema: { $ref: '#/components/schemas/Problem' },
        })
        const examples = problems ? contentExamples(problems) : []
        expect(examples).not.toBeEmpty()
        for (const example of examples) expect(example).toMatchObject({ status: Number(status) })
      }
    }
  })

  test('knows failures of existing operations only', () => {
    const operationIds = operationsOf(document).map(({ operation }) => operation.operationId)
    expect(operationIds).toEqual(expect.arrayContaining(Object.keys(ownFailures)))
  })

  test('has no code of a failure that is not listed', () => {
    const schema = document.components.schemas.Problem
    expect(schema).toMatchObject({ properties: { code: { enum: Object.keys(errorStatus) } } })
  })

  test('has examples that fit their schemas', () => {
    const examples = examplesIn(document)
    expect(examples.length).toBeGreaterThan(100)
    expect(misfits(document, examples)).toEqual([])
  })

  test('shows bodies that the service takes', async () => {
    for (const { name, operation } of operationsOf(document)) {
      const [method = '', path = ''] = name.split(' ')
      const body = operation.requestBody?.content['application/json']?.example
      if (body === undefined || path.includes('{')) continue
      const answer = await service.request(method, path, body)
      await answer.text()
      expect({ name, status: String(answer.status) }).toEqual({
        name,
        status: Object.keys(operation.responses).find(isSuccess) ?? '',
      })
    }
  })

  test('has named schemas instead of repeating them', () => {
    const names = ['Agent', 'Event', 'Message', 'NewRun', 'Problem', 'Run', 'RunList', 'Thread']
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(names))
    expect(JSON.stringify(document.paths)).not.toContain('"agent_version":{')
  })

  test('shows streams of events as a client gets them', () => {
    for (const path of ['/v1/runs/{id}/stream', '/v1/runs/stream']) {
      const operation = Object.values(document.paths[path] ?? {})[0]
      const stream = operation && answerAt(document, operation, 200)?.content?.['text/event-stream']
      expect(stream?.example).toMatch(/^id: 1\nevent: run\.created\ndata: \{.*\}\n\n[\s\S]*event: run\.completed\n/)
    }
  })

  test('has nothing of how Elysia reads numbers, nor of OpenAPI 3.0', () => {
    expect(JSON.stringify(document)).not.toMatch(/"nullable"|"format":"(integer|numeric)"|multipart/)
  })
})

describe('bunkhouse openapi', () => {
  const openapi = async (folder: string, ...words: string[]) => {
    const child = Bun.spawn([...program, 'openapi', ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { output: await child.stdout.text(), status: await child.exited }
  }

  test('prints what the service serves, without leaving a database behind', async () => {
    using folder = temporaryFiles()
    const { output, status } = await openapi(folder.path)
    expect(status).toBe(0)
    expect(JSON.parse(output)).toEqual(document)
    expect([...new Bun.Glob('**').scanSync({ cwd: folder.path, onlyFiles: false })]).toEqual([])
  })

  test('writes it to a file with --out', async () => {
    using folder = temporaryFiles()
    const { output, status } = await openapi(folder.path, '--out', 'api.json')
    expect({ output, status }).toEqual({ output: '', status: 0 })
    expect(await Bun.file(join(folder.path, 'api.json')).json()).toEqual(document)
  })
})

async function readDocument({ url }: Service): Promise<ApiDocument> {
  // Safe: the tests below hold it to that shape.
  return (await (await fetch(`${url}/swagger/json`)).json()) as ApiDocument
}

const openApiPath = (path: string): string => path.replace(/(?<=.)\/$/, '').replaceAll(/:(\w+)/g, '{$1}')

const isSuccess = (status: string): boolean => status.startsWith('2')

const successes = ({ responses }: Operation): Content[] =>
  Object.entries(responses)
    .filter((pair): pair is [string, Answer] => isSuccess(pair[0]) && !('$ref' in pair[1]))
    .flatMap(([, answer]) => Object.values(answer.content ?? {}))

/** The least an operation of this form has to warn of. */
function expectedFailures(name: string, { security = [], requestBody, parameters = [] }: Operation): string[] {
  const has = (field: string) => parameters.some(parameter => parameter.name === field)
  return [
    ...(name === 'GET /ready' ? [] : ['500']),
    ...(security.length > 0 ? ['401', '403', '503'] : []),
    ...(name.includes('{') ? ['404'] : []),
    ...(requestBody ? ['400', '413', '415', '422'] : []),
    ...(has('idempotency-key') ? ['409'] : []),
    ...(has('cursor') || has('after') ? ['400', '422'] : []),
    ...(name.startsWith('GET') ? [] : ['507']),
  ]
}
