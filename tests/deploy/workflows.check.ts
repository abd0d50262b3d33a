import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { DeployCheck } from '../../scripts/deploy/check.ts'
import { missingProgram, must, root, run } from '../../scripts/deploy/command.ts'
import { holdTogether } from './kubernetes/hold-together.ts'

const Step = Type.Object({
  name: Type.Optional(Type.String()),
  uses: Type.Optional(Type.String()),
  run: Type.Optional(Type.String()),
  with: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
const Workflow = Type.Object({
  permissions: Type.Record(Type.String(), Type.String()),
  jobs: Type.Record(
    Type.String(),
    Type.Object({
      permissions: Type.Record(Type.String(), Type.String()),
      'timeout-minutes': Type.Integer({ maximum: 60 }),
      steps: Type.Array(Step),
    }),
  ),
})

const names = ['ci-cd', 'release']
const pathOf = (name: string) => join(root, `.github/workflows/${name}.yml`)
const textOf = (name: string) => Bun.file(pathOf(name)).text()
const read = async (name: string) => Value.Decode(Workflow, Bun.YAML.parse(await textOf(name)))

export const check: DeployCheck = {
  artifact: '.github/workflows',
  how: 'actionlint; rules of ours (rights, pinned actions, nothing of others in scripts); the scripts that need no runner are run',
  cannot: 'the runners, the actions themselves, the registry, a release, and the two deployments',
  missing: () => missingProgram('actionlint', 'git', 'helm'),
  async run({ step, folder, note }) {
    await step('actionlint has nothing against them', async () => {
      for (const name of names) await must(['actionlint', pathOf(name)])
    })
    const workflows = await step('every job says what it may do, and ends some time', () =>
      Promise.all(names.map(read)),
    )
    const steps = workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap(job => job.steps))
    await step(
      'without a word of a job nothing is allowed, and nobody may write to the repository but a release',
      () => {
        for (const [index, { permissions, jobs }] of workflows.entries()) {
          if (Object.keys(permissions).length > 0) throw new Error(names[index])
          const writers = Object.entries(jobs).filter(([, job]) => job.permissions.contents !== 'read')
          if (writers.map(([name]) => name).join() !== (names[index] === 'release' ? 'publish' : '')) throw new Error()
        }
      },
    )
    await step('every action is pinned to a commit, whose version stands beside it', async () => {
      const lines = (await Promise.all(names.map(textOf))).join('\n').match(/uses: .*/g) ?? []
      holdTogether(lines.filter(line => !/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)))
      const commits = new Map(lines.map(line => [/uses: (\S+)@/.exec(line)?.[1], line]))
      holdTogether(lines.filter(line => commits.get(/uses: (\S+)@/.exec(line)?.[1]) !== line))
      note(`${commits.size} actions`)
    })
    await step('no script holds an expression: what others write comes as a variable', () => {
      holdTogether(steps.flatMap(({ name, run: script }) => (script?.includes('${{') ? [`${name}`] : [])))
    })
    await step('no checkout leaves its token behind, and no change of others runs with secrets', async () => {
      for (const { uses, with: inputs } of steps) {
        if (uses?.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false) throw new Error(uses)
      }
      if ((await textOf('ci-cd')).includes('pull_request_target')) throw new Error()
    })

    const script = (name: string): string => {
      const found = steps.find(each => each.name === name)?.run
      if (found === undefined) throw new Error(`there is no step ${name}`)
      return found
    }
    const bash = (name: string, env: Record<string, string>, cwd = folder) =>
      run(['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c', script(name)], { cwd, env })
    const passes = async (name: string, env: Record<string, string>, cwd = folder) => {
      const { status, stdout, stderr } = await bash(name, env, cwd)
      if (status !== 0) throw new Error(`${name}: ${status}\n${stdout}${stderr}`)
    }

    const output = join(folder, 'output')
    await step('a tag that is not the version of package.json is refused', async () => {
      await Bun.write(join(folder, 'package.json'), '{\n  "version": "1.2.0",\n}\n')
      await passes('Hold the tag against package.json', { TAG: 'v1.2.0', GITHUB_OUTPUT: output })
      if ((await Bun.file(output).text()) !== 'version=1.2.0\n') throw new Error(await Bun.file(output).text())
      const wrong = await bash('Hold the tag against package.json', { TAG: 'v1.3.0', GITHUB_OUTPUT: output })
      if (wrong.status !== 1) throw new Error(`${wrong.status}`)
    })
    await step('the changes are those since the tag before, and of the first tag all', async () => {
      const git = `git init --quiet --initial-branch main && git config user.name a && git config user.email a@example.com
for n in 1 2 3 4; do git commit --quiet --allow-empty --message "Change $n"; case $n in 2) git tag v1.1.0 ;; 4) git tag v1.2.0 ;; esac; done`
      await must(['bash', '-euc', git], { cwd: folder })
      await passes('Write down the changes', { TAG: 'v1.2.0' })
      const second = await Bun.file(join(folder, 'CHANGES.md')).text()
      if (!/^## Changes since v1\.1\.0\n\n- Change 3 \(\w+\)\n- Change 4 \(\w+\)\n$/.test(second))
        throw new Error(second)
      await passes('Write down the changes', { TAG: 'v1.1.0' })
      const first = await Bun.file(join(folder, 'CHANGES.md')).text()
      if (!/^## Changes\n\n- Change 1 \(\w+\)\n- Change 2 \(\w+\)\n$/.test(first)) throw new Error(first)
    })
    await step('the image is named in lower case', async () => {
      const file = join(folder, 'environment')
      await passes('Name the image', { GITHUB_REPOSITORY: 'Some-One/Bunkhouse', GITHUB_ENV: file })
      if ((await Bun.file(file).text()) !== 'IMAGE=ghcr.io/some-one/bunkhouse\n') throw new Error()
    })
    const tree = join(folder, 'tree')
    await step('the chart is packed with the image of its version', async () => {
      await mkdir(tree)
      await must(['cp', '-r', ...['deploy', 'docs', 'scripts', '.env.example'].map(name => join(root, name)), tree])
      await passes('Pack the chart', { VERSION: '1.2.0', IMAGE: 'ghcr.io/some-one/bunkhouse' }, tree)
      const rendered = await must(['helm', 'template', 'x', join(tree, 'release/bunkhouse-1.2.0.tgz')])
      if (!rendered.includes('image: "ghcr.io/some-one/bunkhouse:1.2.0"')) throw new Error(rendered.slice(0, 2_000))
    })
    await step(
      'a release holds binaries that can be run, the archive for machines, and checksums that hold',
      async () => {
        await Bun.write(join(tree, 'release/CHANGES.md'), '## Changes\n')
        await Bun.write(join(tree, 'release/dist/bunkhouse.cdx.json'), '{}\n')
        const binary = join(tree, 'release/bunkhouse-linux-x64')
        await Bun.write(binary, '#!/bin/sh\necho 1.2.0\n')
        await chmod(binary, 0o644)
        await must(['cp', binary, join(tree, 'release/bunkhouse-macos-arm64')])
        await passes('Pack what a machine without containers needs, and add up the checksums', {}, tree)
        await must(['bash', '-euc', 'cd release && sha256sum --check --strict SHA256SUMS && ./bunkhouse-linux-x64'], {
          cwd: tree,
        })
        const packed = await must(['tar', '--list', '--file', join(tree, 'release/bunkhouse-vm.tar.gz')])
        for (const name of ['install', 'update', 'bunkhouse.service', 'vm.md']) {
          if (!packed.includes(`bunkhouse/${name}\n`)) throw new Error(packed)
        }
      },
    )
  },
}
