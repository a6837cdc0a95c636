import { describe, expect, test } from 'vitest';
import { type AdminFacts, planDisable, planEnable } from '../../../src/api/units/enable.js';
import {
  hasTls,
  hostsOf,
  listenOf,
  SERVICE,
  SOCKET,
  serviceText,
  socketText,
  WEB_SOCKET,
  webSocketText,
} from '../../../src/api/units/texts.js';
import { UNKNOWN_UNIT } from '../../../src/host/systemd.js';

const options = { program: '/usr/lib/bench/bin/run.cjs', benchesRoot: '/srv/benches' };
const plain = { listen: undefined, hosts: [], tlsCert: undefined, tlsKey: undefined };
const nothing: AdminFacts = {
  files: { [SERVICE]: undefined, [SOCKET]: undefined, [WEB_SOCKET]: undefined },
  states: { [SERVICE]: UNKNOWN_UNIT, [SOCKET]: UNKNOWN_UNIT, [WEB_SOCKET]: UNKNOWN_UNIT },
  hasGroup: false,
};
const wanted = (listen: string | undefined) => ({
  [SERVICE]: serviceText({ ...plain, listen }, options),
  [SOCKET]: socketText(),
  [WEB_SOCKET]: listen === undefined ? undefined : webSocketText(listen),
});
const enabled = (listen: string | undefined): AdminFacts => ({
  files: wanted(listen),
  states: {
    [SERVICE]: { ...UNKNOWN_UNIT, active: 'active' },
    [SOCKET]: { ...UNKNOWN_UNIT, active: 'active', enabled: 'enabled' },
    [WEB_SOCKET]:
      listen === undefined ? UNKNOWN_UNIT : { ...UNKNOWN_UNIT, active: 'active', enabled: 'enabled' },
  },
  hasGroup: true,
});
const kinds = (steps: readonly { kind: string; unit?: string; path?: string }[]) =>
  steps.map(({ kind, unit, path }) => [kind, unit ?? path?.split('/').at(-1)].filter(Boolean).join(' '));

describe('enable', () => {
  test('makes the group and both sockets, and nothing that runs', () => {
    expect(kinds(planEnable(wanted('127.0.0.1:8443'), nothing))).toEqual([
      'group.create',
      `file.write ${SERVICE}`,
      `file.write ${SOCKET}`,
      `file.write ${WEB_SOCKET}`,
      `unit.enable ${SOCKET}`,
      `unit.enable ${WEB_SOCKET}`,
      'systemd.reload',
      `socket.start ${SOCKET}`,
      `socket.start ${WEB_SOCKET}`,
    ]);
  });

  test('finds nothing to do where it is so', () => {
    expect(planEnable(wanted('127.0.0.1:8443'), enabled('127.0.0.1:8443'))).toEqual([]);
  });

  test('ends the server that has read the old files, and listens elsewhere', () => {
    expect(kinds(planEnable(wanted('127.0.0.1:9443'), enabled('127.0.0.1:8443')))).toEqual([
      `unit.stop ${SERVICE}`,
      `unit.stop ${WEB_SOCKET}`,
      `file.write ${WEB_SOCKET}`,
      'systemd.reload',
      `socket.start ${WEB_SOCKET}`,
    ]);
  });

  test('takes the page away where only the API is wanted', () => {
    expect(kinds(planEnable(wanted(undefined), enabled('127.0.0.1:8443')))).toEqual([
      `unit.stop ${SERVICE}`,
      `unit.stop ${WEB_SOCKET}`,
      `file.write ${SERVICE}`,
      `unit.disable ${WEB_SOCKET}`,
      `file.remove ${WEB_SOCKET}`,
      'systemd.reload',
    ]);
  });

  test('cut off anywhere, it goes on from what is there', () => {
    const facts = {
      ...nothing,
      hasGroup: true,
      files: { ...nothing.files, [SERVICE]: wanted(undefined)[SERVICE] },
    };
    expect(kinds(planEnable(wanted(undefined), facts))).toEqual([
      `file.write ${SOCKET}`,
      `unit.enable ${SOCKET}`,
      'systemd.reload',
      `socket.start ${SOCKET}`,
    ]);
  });
});

test('disable lets nobody in before it ends what runs', () => {
  expect(kinds(planDisable(enabled('127.0.0.1:8443')))).toEqual([
    `unit.stop ${WEB_SOCKET}`,
    `unit.stop ${SOCKET}`,
    `unit.stop ${SERVICE}`,
    `unit.disable ${WEB_SOCKET}`,
    `unit.disable ${SOCKET}`,
    `file.remove ${SERVICE}`,
    `file.remove ${SOCKET}`,
    `file.remove ${WEB_SOCKET}`,
    'systemd.reload',
  ]);
  expect(planDisable(nothing)).toEqual([]);
});

test('what was told stands in the units', () => {
  const serving = {
    listen: '192.0.2.1:8443',
    hosts: ['bench.example.org', 'b.example.org'],
    tlsCert: '/etc/ssl/with blank.pem',
    tlsKey: '/etc/ssl/k%.key',
  };
  const service = serviceText(serving, options);
  expect(service).toContain('"--tls-cert" "/etc/ssl/with blank.pem" "--tls-key" "/etc/ssl/k%%.key"\n');
  expect(service).toContain(`Sockets=${SOCKET} ${WEB_SOCKET}\n`);
  expect(service).not.toContain('IPAddressDeny');
  expect(serviceText(plain, options)).toContain('IPAddressDeny=any\nIPAddressAllow=localhost\n');
  expect([hasTls(service), hostsOf(service), listenOf(webSocketText('192.0.2.1:8443'))]).toEqual([
    true,
    ['bench.example.org', 'b.example.org'],
    '192.0.2.1:8443',
  ]);
});
