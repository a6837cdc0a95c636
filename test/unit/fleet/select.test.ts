import { describe, expect, it } from 'vitest';
import { globbed, selected } from '../../../src/fleet/select.js';

const hosts = [
  { name: 'web1', labels: { role: 'prod', site: 'berlin' } },
  { name: 'web2', labels: { role: 'prod' } },
  { name: 'db1', labels: { role: 'spare', site: 'berlin' } },
];
const names = (selector?: string) => selected(hosts, selector).map(({ name }) => name);

describe('which hosts a selector means', () => {
  it.each<[string | undefined, string[]]>([
    [undefined, ['web1', 'web2', 'db1']],
    ['web1', ['web1']],
    ['web1,db1', ['web1', 'db1']],
    ['web*', ['web1', 'web2']],
    ['?b1', ['db1']],
    ['role=prod', ['web1', 'web2']],
    ['role=*', ['web1', 'web2', 'db1']],
    ['site=b?rlin', ['web1', 'db1']],
    ['web*,&site=berlin', ['web1']],
    ['&site=berlin', ['web1', 'db1']],
    ['!web1', ['web2', 'db1']],
    ['web*, !web2', ['web1']],
    ['nosuch*', []],
    ['constructor=x', []],
  ])('%j: %j', (selector, expected) => {
    expect(names(selector)).toEqual(expected);
  });

  it.each(['', ',', 'a b', 'x=', '=x', '--', 'a;b', '$(id)', '!!web1'])('is no selector: %j', (selector) => {
    expect(() => names(selector)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it('names a host that there is not', () => {
    expect(() => names('web9')).toThrow(expect.objectContaining({ code: 'selector-nothing' }));
  });

  it('takes every other character of a pattern as it is', () => {
    expect(globbed('a.b').test('axb')).toBe(false);
    expect(globbed('a(+)[b]').test('a(+)[b]')).toBe(true);
  });
});
