import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import packageJson from '../../package.json' with { type: 'json' }
import { type Cli, openCli } from '../support/cli.ts'

const commands = ['serve', 'migrate', 'check', 'healthcheck', 'version', 'openapi', 'keys', 'run']
let cli: Cli

beforeAll(async () => {
  cli = await openCli()
})
afterAll(() => cli[Symbol.asyncDispose]())

describe('help', () => {
  test.each([['--help'], ['-h'], ['help']])('%s lists every command and the exit codes', async flag => {
    const { code, stdout, stderr } = await cli.run([flag])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} +\\S.{15,}$`, 'm'))
    expect(stdout).toContain('Exit status: 0 done, 1 failed, 2 wrong command line or configuration.')
  })

  test.each(commands)('%s --help shows its usage and what it does', async command => {
    const { code, stdout, stderr } = await cli.run([command, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toStartWith(`Usage: bunkhouse ${command}`)
    expect(stdout.split('\n\n').length).toBeGreaterThan(1)
    expect(await cli.run(['help', command])).toEqual({ code, stdout, stderr })
  })

  test.each(['serve', 'migrate', 'check', 'healthcheck', 'openapi', 'keys', 'run'])(
    '%s documents its exit status',
    async command => {
      expect((await cli.run([command, '--help'])).stdout).toMatch(/Exit status: 0 /)
    },
  )

  test('is shown for a subcommand too, and whatever the configuration', async () => {
    const { code, stdout } = await cli.run(['keys', 'create', '--help'], { env: { PORT: 'x' } })
    expect(code).toBe(0)
    expect(stdout).toContain('--expires-days')
  })
})

describe('a wrong command line ends with 2 and says why on standard error', () => {
  const wrong: { args: string[]; says: string }[] = [
    { args: [], says: 'Usage: bunkhouse <command>' },
    { args: ['serv'], says: 'Did you mean "serve"?' },
    { args: ['constructor'], says: 'There is no command "constructor".' },
    { args: ['--port', '80'], says: 'There is no command "--port".' },
    { args: ['serve', 'now'], says: 'Usage: bunkhouse serve' },
    { args: ['run', 'echo'], says: 'Usage: bunkhouse run' },
    { args: ['run', 'echo', 'a', 'b'], says: 'Usage: bunkhouse run' },
    { args: ['run', 'echo', 'a', '--thread'], says: "'--thread <value>' argument missing" },
    { args: ['run', 'echo', 'a', '--json', '--stream'], says: 'exclude each other' },
    { args: ['run', 'echo', ' '], says: 'The input is empty.' },
    { args: ['keys'], says: 'Usage: bunkhouse keys' },
    { args: ['keys', 'make', 'x'], says: 'Usage: bunkhouse keys' },
    { args: ['keys', 'list', 'x'], says: 'Usage: bunkhouse keys' },
    { args: ['keys', 'create', ' '], says: 'A key has a name' },
    { args: ['keys', 'create', 'x', '--scope', 'everything'], says: 'There is no scope "everything".' },
    { args: ['keys', 'create', 'x', '--expires-days', '1.5'], says: 'takes a whole number of days' },
    { args: ['keys', 'create', 'x', '--expires-days', '0'], says: 'takes a whole number of days' },
    { args: ['keys', 'list', '--scope', 'admin'], says: 'belongs to keys create' },
  ]
  test.each(wrong)('$args', async ({ args, says }) => {
    const { code, stdout, stderr } = await cli.run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(says)
  })

  test.each(commands)('%s --nonsense', async command => {
    const { code, stdout, stderr } = await cli.run([command, '--nonsense'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain("Unknown option '--nonsense'")
    expect(stderr).toContain(`Usage: bunkhouse ${command}`)
  })
})

test.each(['serve', 'migrate', 'healthcheck', 'keys list', 'run echo x'])(
  '%s ends with 2 where the configuration is wrong, and names all of it',
  async line => {
    const { code, stdout, stderr } = await cli.run(line.split(' '), { env: { PORT: 'x', ROLES: 'cook' } })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('PORT must be a whole number')
    expect(stderr).toContain('ROLES may hold api, worker, scheduler')
  },
)

test.each([['version'], ['--version'], ['-v']])('%s prints the version', async word => {
  expect(await cli.run([word])).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' })
})

test.each([
  '--help',
  'openapi',
  'keys list --json',
  'migrate --dry-run',
  'run echo hello',
  'run echo hello --stream',
  'check',
])('a reader that goes away is no failure of %s', async line => {
  const { code, stderr } = await cli.run(line.split(' '), { env: { PORT: '0' }, unread: true })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('openapi writes the whole document, also through a pipe and into a file', async () => {
  const { code, stdout } = await cli.run(['openapi'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ openapi: expect.stringMatching(/^3\./) })
  expect(await cli.run(['openapi', '--out', 'api.json'])).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await Bun.file(`${cli.folder}/api.json`).text()).toBe(stdout)
})

test('openapi ends with 1 where its file cannot be written', async () => {
  const { code, stderr } = await cli.run(['openapi', '--out', `${cli.folder}/`])
  expect(code).toBe(1)
  expect(stderr.split('\n')).toHaveLength(2)
})
