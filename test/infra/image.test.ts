import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DockerfileParser, type From, type Instruction } from 'dockerfile-ast'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { settingsIn } from './settings.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8')
const Package = z.looseObject({ dependencies: z.record(z.string(), z.string()) })

const dockerfile = DockerfileParser.parse(await read('infra/Dockerfile'))
const instructions = dockerfile.getInstructions()
const named = (keyword: string): Instruction[] => instructions.filter(each => each.getKeyword() === keyword)
const argumentsOf = (instruction: Instruction): string[] =>
  instruction.getArguments().map(argument => argument.getValue())
/** What the last stage copies out of this folder. */
const copied = named('COPY')
  .slice(1)
  .map(argumentsOf)
  .filter(([first]) => !first!.startsWith('--'))
  .flatMap(args => args.filter(argument => !argument.startsWith('--')).slice(0, -1))
  .filter(source => !source.startsWith('/'))

test('the image runs as nobody special, from images with a version, in stages, and says how to ask for its health', () => {
  const users = named('USER').map(argumentsOf)
  expect(users).toEqual([['10001:10001']])
  const images = dockerfile.getFROMs().map((from: From) => from.getImage())
  expect(images).toHaveLength(2)
  for (const image of images) expect(image).toMatch(/:\d+\.\d+/)
  expect(images.join()).not.toContain('latest')
  expect(named('HEALTHCHECK')).toHaveLength(1)
  expect(named('ADD')).toEqual([])
  // The user is set before the command, and nothing is installed after it.
  const order = instructions.map(each => each.getKeyword())
  expect(order.lastIndexOf('RUN')).toBeLessThan(order.indexOf('USER'))
  expect(order.indexOf('USER')).toBeLessThan(order.indexOf('ENTRYPOINT'))
})

test('Node in the image is the Node that the packages name', async () => {
  const { dependencies } = Package.parse(JSON.parse(await read('package.json')))
  for (const from of dockerfile.getFROMs()) expect(from.getImage()).toContain(`:${dependencies.node}-`)
})

test('no secret stands in the image, and every setting in it is one of ours', async () => {
  const settings = await settingsIn()
  const set = [...(await read('infra/Dockerfile')).matchAll(/\b(HOMEROOM_[A-Z_]+)=/g)].map(([, name]) => name!)
  expect(set.length).toBeGreaterThan(0)
  for (const name of set) expect(settings).toContain(name)
  expect(set).not.toContain('HOMEROOM_CLICKHOUSE')
})

test('what the image copies is there and not ignored, and the rest of the folder stays outside', async () => {
  const ignored = (await read('.dockerignore')).split('\n')
  expect(ignored).toContain('*')
  for (const source of copied) {
    expect(existsSync(join(ROOT, source)), source).toBe(true)
    expect(ignored).toContain(`!${source}`)
  }
  expect(copied).not.toContain('test')
  expect(copied).not.toContain('data')
})

test('what the image holds runs, as its entry point begins it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-image-'))
  for (const source of copied) await cp(join(ROOT, source), join(folder, source), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const [, ...entry] = argumentsOf(named('ENTRYPOINT')[0]!).map(argument => argument.replace(/^\[?"|"[\],]*$/g, ''))
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [...entry, ...args], { cwd: folder, env: {} })
  const { stdout } = await run('--help')
  for (const command of ['all', 'ingest', 'process', 'serve', 'doctor'])
    expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  await rm(folder, { recursive: true })
})

test('nothing that runs imports a package that the image leaves out', async () => {
  const { dependencies } = Package.parse(JSON.parse(await read('package.json')))
  const there = new Set([...Object.keys(dependencies), ...builtinModules])
  const missing: string[] = []
  for (const folder of copied.filter(source => !source.includes('.') && source !== 'LICENSE'))
    for (const file of await readdir(join(ROOT, folder), { recursive: true })) {
      if (!/\.(ts|mjs)$/.test(file)) continue
      for (const [, name] of (await read(join(folder, file))).matchAll(
        /^(?:import|export) (?!type )[^'\n]*?from '([^'.][^']*)'/gm,
      )) {
        const bare = name!.startsWith('@') ? name!.split('/').slice(0, 2).join('/') : name!.split('/')[0]!
        if (!name!.startsWith('node:') && !there.has(bare)) missing.push(`${folder}/${file}: ${name}`)
      }
    }
  expect(missing).toEqual([])
})
