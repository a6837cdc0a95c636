import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  authorizedLine,
  publicKey,
  withAuthorized,
  withHostKeys,
} from '../../../src/replicate/authorized.js';
import { refuseUnsuited } from '../../../src/replicate/peer.js';
import { look, parseVerb, serve } from '../../../src/replicate/serve.js';
import { parseToken } from '../../../src/zfs/send.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

describe('what a key of another host may say', () => {
  it('is a verb, a bench, a member and a tag', () => {
    expect(parseVerb('bench-replicate 1 receive shop . 20261130-001644')).toEqual({
      verb: 'receive',
      bench: 'shop',
      rest: ['.', '20261130-001644'],
    });
    expect(parseVerb('bench-replicate 1 abort shop files')).toMatchObject({ rest: ['files'] });
  });

  it.each([
    undefined,
    '',
    'bash',
    'bench-replicate 2 look shop',
    'bench-replicate 1 look',
    'bench-replicate 1 look ../shop',
    'bench-replicate 1 look shop;id',
    'bench-replicate 1 look -x',
    'bench-replicate 1 receive shop ../x t',
    'bench-replicate 1 receive shop . -x',
    'bench-replicate 1 receive shop . t@u',
    'bench-replicate 1 receive shop . t more',
    'bench-replicate 1 receive shop\n. t',
    'bench-replicate 1 receive shop $(id) t',
  ])('is not %j', (said) => {
    expect(() => parseVerb(said)).toThrow(expect.objectContaining({ code: 'verb-unknown', exitCode: 2 }));
  });

  it('starts no process for anything else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 80 }), async (text) => {
        const runner = new ScriptedRunner([]);
        const serving = {
          runner,
          peer: { from: 'a', target: 'tank/_copies' },
          readInput: async () => '',
          beyond: async () => [],
        };
        await expect(serve(`bench-replicate 1 ${text} shop`, serving)).rejects.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it('is refused where its verb is not known, or its input is none', async () => {
    const runner = new ScriptedRunner([]);
    const serving = {
      runner,
      peer: { from: 'a', target: 'tank/_copies' },
      readInput: async () => '{}',
      beyond: async () => [],
    };
    await expect(serve('bench-replicate 1 destroy shop', serving)).rejects.toThrow('verbs');
    await expect(serve('bench-replicate 1 finish shop', serving)).rejects.toThrow('not understood');
  });
});

describe('what a host tells of a copy', () => {
  const peer = { from: 'web1', target: 'tank/_copies' };
  const list = ['zfs', 'list', '-H', '-p', '-t'];
  const marks = 'bench:copy-of,bench:copy-from,bench:epoch,bench:lineage';
  const columns = `name,written,mounted,encryption,keystatus,encryptionroot,receive_resume_token,${marks}`;
  const toldOf = (from: string) =>
    look(
      new ScriptedRunner([
        {
          argv: [...list, 'filesystem', '-d', '1', '-o', columns, 'tank/_copies'],
          stdout: `tank/_copies/shop\t0\tno\toff\t-\t-\t-\tshop\t${from}\t3\t${'a'.repeat(16)}\n`,
        },
        {
          argv: [
            ...[...list, 'snapshot', '-d', '2', '-S', 'createtxg'],
            ...['-o', 'name,guid,creation,bench:quiesce', 'tank/_copies'],
          ],
          stdout: 'tank/_copies/shop@t1\t17\t1700000000\tbackup-stage\n',
        },
      ]),
      peer,
      'shop',
    );

  it('is everything where the asking host sends it', async () => {
    expect(await toldOf('web1')).toMatchObject({ epoch: 3, another: null, members: [{ member: '.' }] });
  });

  it('is how far the bench has come where another one sends it, which has taken it over since', async () => {
    expect(await toldOf('web3')).toMatchObject({
      ...{ live: null, epoch: 3, members: [] },
      another: { from: 'web3', lineage: 'a'.repeat(16) },
    });
  });

  it('is refused to be sent on by another one', async () => {
    const told = await toldOf('web3');
    const config = { name: 'shop', replicate: { to: 'backup1' } } as Parameters<typeof refuseUnsuited>[0];
    await expect(refuseUnsuited(config, told, 1)).rejects.toMatchObject({
      ...{ code: 'copy-of-another', exitCode: 3 },
      message: expect.stringContaining('web3'),
    });
  });
});

describe('authorized_keys and known_hosts', () => {
  const options = { program: '/usr/bin/bench', from: 'a', target: 'tank/_copies', key: 'ssh-ed25519 AAAA' };
  const line =
    'restrict,command="/usr/bin/bench replicate serve --json --from a --target tank/_copies" ssh-ed25519 AAAA bench-replicate:a';

  it('let a key start one program, without terminal or tunnel', () => {
    expect(authorizedLine(options)).toBe(line);
    expect(authorizedLine({ ...options, program: '/opt/b "x"/bench' })).toContain(
      `command="'/opt/b \\"x\\"/bench' replicate serve`,
    );
  });

  it('keep every other byte', () => {
    const others = '# mine\nssh-rsa AAAAB3 me@here\n\nssh-rsa AAAAB4 bench-replicate:ab';
    const once = withAuthorized(others, 'a', line);
    expect(once).toBe(`${others}\n${line}\n`);
    expect(withAuthorized(once, 'a', line)).toBe(once);
    expect(withAuthorized(once, 'a', `${line}`.replace('AAAA ', 'BBBB '))).toBe(
      `${others}\n${line.replace('AAAA ', 'BBBB ')}\n`,
    );
    expect(withAuthorized('', 'a', line)).toBe(`${line}\n`);
  });

  it('have the keys of a host once', () => {
    const before = 'a ssh-rsa OLD\nab ssh-rsa OTHER\n';
    const after = withHostKeys(before, 'a', ['ssh-ed25519 NEW', 'ssh-rsa NEW']);
    expect(after).toBe('ab ssh-rsa OTHER\na ssh-ed25519 NEW\na ssh-rsa NEW\n');
    expect(withHostKeys(after, 'a', ['ssh-ed25519 NEW', 'ssh-rsa NEW'])).toBe(after);
  });

  it('take nothing for a public key that could be more than one', () => {
    const key = `ssh-ed25519 ${'A'.repeat(68)}`;
    expect(publicKey(`${key} comment here\n`)).toBe(key);
    for (const text of ['', 'x', `${key}\ncommand="x" ${key}`, `command="x" ${key}`, `${key}"`])
      expect(publicKey(text)).toBeUndefined();
  });
});

describe('a token', () => {
  it('is read as ZFS prints it', () => {
    expect(parseToken(fixture('replicate/token.txt'))).toEqual({
      toGuid: '11235403783618871290',
      toName: 'bench-pool/shop@20261130-001644',
      fromGuid: '5153777153877928110',
    });
    expect(parseToken(fixture('replicate/token-full.derived.txt'))?.fromGuid).toBeUndefined();
    expect(parseToken('cannot resume send: resume token is corrupt')).toBeUndefined();
  });
});
