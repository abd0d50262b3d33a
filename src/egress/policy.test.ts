import { describe, expect, test } from 'bun:test'
import { parseAddress, parseNetwork } from './address.ts'
import { egressFault, egressPolicy } from './policy.ts'

const allowing = (...allow: string[]) => egressPolicy(allow, async () => [])

describe('without EGRESS_ALLOW', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '64:ff9b::808:808',
  ])('%s may be reached', address => {
    expect(allowing().allows('example.com', address)).toBe(true)
  })

  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.170',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.250',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:0:7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:c0a8:101::1',
    '3fff::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'not an address',
    '127.0.0.1%lo',
    'fe80::1%eth0',
    '127.1',
    '010.0.0.1',
  ])('%s may not', address => {
    expect(allowing().allows('example.com', address)).toBe(false)
  })
})

describe('EGRESS_ALLOW', () => {
  test('lets through the blocks it names, also inside of IPv6, and nothing beside them', () => {
    const { allows } = allowing('127.0.0.1/32', '10.1.0.0/16', 'fd00:1::/32')
    expect(allows('127.0.0.1', '127.0.0.1')).toBe(true)
    expect(allows('mapped', '::ffff:127.0.0.1')).toBe(true)
    expect(allows('127.0.0.2', '127.0.0.2')).toBe(false)
    expect(allows('inner', '10.1.255.255')).toBe(true)
    expect(allows('inner', '10.2.0.0')).toBe(false)
    expect(allows('six', 'fd00:1:ffff::1')).toBe(true)
    expect(allows('six', 'fd00:2::1')).toBe(false)
  })

  test('lets through the hosts it names, wherever they are', () => {
    const { allows } = allowing('hooks.corp', '*.svc.local')
    expect(allows('hooks.corp', '10.0.0.1')).toBe(true)
    expect(allows('HOOKS.corp.', '10.0.0.1')).toBe(true)
    expect(allows('evil-hooks.corp', '10.0.0.1')).toBe(false)
    expect(allows('a.b.svc.local', '10.0.0.1')).toBe(true)
    expect(allows('svc.local', '10.0.0.1')).toBe(false)
    expect(allows('evilsvc.local', '10.0.0.1')).toBe(false)
  })

  test.each(['127.0.0.1', '10.0.0.0/8', 'fd00::/8', '::1', 'localhost', '*.corp.example', 'a_b.c'])(
    'takes %s',
    entry => {
      expect(egressFault(entry)).toBeNull()
    },
  )

  test.each(['', '10.0.0.0/33', '10.0.0', '1.2.3.4.5', 'fd00::/129', 'http://a', 'a b', '*', 'a.*', '10.0.0.0/8/8'])(
    'refuses "%s"',
    entry => {
      expect(egressFault(entry)).toBeString()
    },
  )
})

test('an address is the same however it is written', () => {
  const same = (...texts: string[]) => new Set(texts.map(text => parseAddress(text)?.value)).size
  expect(same('::1', '0:0:0:0:0:0:0:1', '0000::0001')).toBe(1)
  expect(same('::ffff:1.2.3.4', '::FFFF:102:304')).toBe(1)
  expect(['1::2::3', '1:2:3', '::12345', '1:2:3:4:5:6:7:8:9', '1::2:3:4:5:6:7:8'].map(parseAddress)).toEqual(
    Array(5).fill(null),
  )
  expect(parseNetwork('0.0.0.0/0')).toEqual({ bits: 32, value: 0n, prefix: 0 })
})
