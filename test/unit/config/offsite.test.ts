import { describe, expect, test } from 'vitest';
import { formatFindings } from '../../../src/config/findings.js';
import { checkConfig } from '../../../src/config/load.js';
import { parseSetting, readSettings } from '../../../src/config/settings.js';
import { ageRecipient, parseS3Url, s3Url, storeEndpoint } from '../../../src/store-names.js';

const FILE = '/srv/benches/shop/bench.toml';
const RECIPIENT = 'age1gxqz2pnmjh2v6rrkgj2g8y5u52j70cvhw8u7fzm5jlv0q54ccv5sqzwceg';
const WHOLE = `url = "s3://copies/one"
credentials = "/etc/bench/key"
recipients = ["${RECIPIENT}"]`;

const load = (offsite: string) => checkConfig(`[bench]\nname = "shop"\n[offsite]\n${offsite}\n`, FILE);
const findings = async (offsite: string) => formatFindings((await load(offsite)).findings);

describe('[offsite]', () => {
  test('is where, with which key, and for whom; the rest has defaults', async () => {
    expect((await load(WHOLE)).config?.offsite).toEqual({
      url: 's3://copies/one',
      bucket: 'copies',
      prefix: 'one/',
      region: 'us-east-1',
      credentials: '/etc/bench/key',
      recipients: [RECIPIENT],
      fullEvery: { increments: 30 },
    });
  });

  test('has a schedule in both forms, rules, an age for full copies', async () => {
    const { config } = await load(
      `${WHOLE}\nendpoint = "http://127.0.0.1:5000/"\nschedule = "0 4 * * *"\nkeep = { daily = 7 }\nfull_every = "30d"\nlock_days = 14`,
    );
    expect(config?.offsite).toMatchObject({
      endpoint: 'http://127.0.0.1:5000',
      schedule: { text: '0 4 * * *', calendars: ['*-*-* 04:00:00'] },
      policy: { daily: 7, last: 0 },
      fullEvery: { ageMs: 30 * 86_400_000 },
      lockDays: 14,
    });
    if (config === undefined) throw new Error('not valid');
    expect(readSettings(config, 'offsite')).toMatchObject({
      'offsite.full_every': '30d',
      'offsite.keep.daily': 7,
      'offsite.recipients': [RECIPIENT],
    });
  });

  test('may be filled key by key', async () => {
    expect(
      (await load(`recipients = ["${RECIPIENT}"]\ncredentials = "/etc/key"`)).config?.offsite,
    ).toBeUndefined();
    expect(parseSetting('offsite.recipients', `${RECIPIENT},${RECIPIENT}`)).toEqual([RECIPIENT, RECIPIENT]);
    expect(parseSetting('offsite.full_every', '30')).toBe(30);
    expect(parseSetting('offsite.full_every', '30d')).toBe('30d');
  });

  test('tells everything that is wrong at once', async () => {
    const told = await findings(
      `url = "https://copies"\nendpoint = "ftp://x"\nregion = "no region"\ncredentials = "key"\nrecipients = []
schedule = "sometimes"\nkeep = { daily = 0 }\nfull_every = 0\nlock_days = 0\nnope = 1`,
    );
    for (const key of [
      'url',
      'endpoint',
      'region',
      'credentials',
      'recipients',
      'schedule',
      'keep',
      'full_every',
    ])
      expect(told).toContain(`offsite.${key}`);
    expect(told).toContain('offsite.lock_days');
    expect(told).toContain('offsite.nope');
  });

  test.each([
    ['url = "s3://copies"', ['offsite.credentials', 'offsite.recipients']],
    ['schedule = "daily"', ['offsite.url']],
  ])('%s needs what goes with it', async (text, keys) => {
    const told = await findings(text);
    for (const key of keys) expect(told).toContain(`${key}`);
  });

  test('never repeats a secret that somebody has written where only its place belongs', async () => {
    const secret = 'AGE-SECRET-KEY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SWZLK8V';
    const told = await findings(
      `url = "s3://u:hunter2@copies"\nendpoint = "https://u:hunter2@x"\ncredentials = "AKIA/hunter2"\nrecipients = ["${secret}"]`,
    );
    expect(told).not.toContain('hunter2');
    expect(told).not.toContain(secret.slice(0, 20));
    expect(told).toContain('this is a secret one');
  });
});

describe('names', () => {
  test.each(['s3://abc', 's3://my.bucket-1/a/b', 's3://abc/a/'])('%s is a place', (url) => {
    expect(s3Url(url)).toBeUndefined();
  });
  test.each([
    '',
    'abc',
    's3://',
    's3://AB/c',
    's3://ab',
    's3://abc//b',
    's3://abc/../b',
    's3://abc/a b',
    'S3://abc',
  ])('%j is none', (url) => {
    expect(s3Url(url)).toBeDefined();
  });
  test('in their parts', () => {
    expect(parseS3Url('s3://abc/a/b/')).toEqual({ bucket: 'abc', prefix: 'a/b/' });
    expect(parseS3Url('s3://abc')).toEqual({ bucket: 'abc', prefix: '' });
  });
  test.each(['http://127.0.0.1:5000', 'https://s3.example.com/', 'http://[::1]:8080'])(
    '%s is an endpoint',
    (url) => {
      expect(storeEndpoint(url)).toBeUndefined();
    },
  );
  test.each([
    's3.example.com',
    'http://',
    'http://a/b',
    'http://a?b',
    'http://a b',
    'http://u:p@a',
    'file:///etc',
  ])('%j is none', (url) => {
    expect(storeEndpoint(url)).toBeDefined();
  });
  test('a public key with one letter changed is none', () => {
    expect(ageRecipient(RECIPIENT)).toBeUndefined();
    for (let at = 4; at < RECIPIENT.length; at += 1) {
      const other = RECIPIENT[at] === 'q' ? 'p' : 'q';
      expect(ageRecipient(`${RECIPIENT.slice(0, at)}${other}${RECIPIENT.slice(at + 1)}`)).toBeDefined();
    }
  });
});
