import { once } from 'node:events';
import { Readable } from 'node:stream';
import * as sdk from '@aws-sdk/client-s3';
import type { OffsiteConfig } from '../config/config.js';
import type { Credentials } from './credentials.js';
import { isMissing, storeError } from './s3-failure.js';
import type { Content, ObjectHead, PutOptions, Store, StoredObject } from './store.js';

/** Until a connection stands. */
const CONNECT_MS = 15_000;
/** For which nothing at all comes or goes. */
const SILENCE_MS = 60_000;
/** An upload at 50 KB a second has to do; in milliseconds a byte. */
const SLOWEST_MS = 1 / 50;

/** The SDK writes to stderr without one of ours, and that does not know what is waited out or done in another way. */
const nothing = (): void => undefined;
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/**
 * A store that speaks S3: Amazon's, or one at an endpoint of its own. Path style and the older checksums, which every
 * store knows; no multipart uploads. Nothing is repeated here. This file brings a megabyte of code with it.
 */
export function openS3(config: OffsiteConfig, credentials: Credentials): Store {
  const client = new sdk.S3Client({
    region: config.region,
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint, forcePathStyle: true }),
    credentials: {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
    },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Some stores never answer "100 Continue".
    expectContinueHeader: false,
    maxAttempts: 1,
    logger: SILENT,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
  });
  return new S3Store(client, config, [
    credentials.secretAccessKey,
    credentials.accessKeyId,
    credentials.sessionToken ?? '',
  ]);
}

class S3Store implements Store {
  constructor(
    private readonly client: sdk.S3Client,
    private readonly config: OffsiteConfig,
    private readonly secrets: readonly string[],
  ) {}

  list(prefix: string): Promise<StoredObject[]> {
    return this.attempt(`list ${prefix}`, async () => {
      const found: StoredObject[] = [];
      let token: string | undefined;
      do {
        const page = await this.client.send(
          new sdk.ListObjectsV2Command({ ...this.at(prefix), ...continued(token) }),
        );
        for (const { Key, Size, ETag, LastModified } of page.Contents ?? [])
          if (Key !== undefined)
            found.push({
              key: Key.slice(this.config.prefix.length),
              sizeBytes: Size ?? 0,
              etag: bare(ETag),
              modifiedAt: LastModified ?? new Date(0),
            });
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
      return found;
    });
  }

  folders(prefix: string): Promise<string[]> {
    return this.attempt(`list ${prefix}`, async () => {
      const found: string[] = [];
      let token: string | undefined;
      do {
        const page = await this.client.send(
          new sdk.ListObjectsV2Command({ ...this.at(prefix), Delimiter: '/', ...continued(token) }),
        );
        for (const { Prefix } of page.CommonPrefixes ?? [])
          if (Prefix !== undefined) found.push(Prefix.slice(this.config.prefix.length + prefix.length));
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
      return found;
    });
  }

  head(key: string): Promise<ObjectHead | undefined> {
    return this.unlessMissing(`look at ${key}`, async () => {
      const head = await this.client.send(new sdk.HeadObjectCommand(this.of(key)));
      return {
        sizeBytes: head.ContentLength ?? 0,
        etag: bare(head.ETag),
        modifiedAt: head.LastModified ?? new Date(0),
        lockedUntil: head.ObjectLockLegalHoldStatus === 'ON' ? FOREVER : head.ObjectLockRetainUntilDate,
      };
    });
  }

  get(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.unlessMissing(`get ${key}`, async () => {
      const { Body } = await this.client.send(new sdk.GetObjectCommand(this.of(key)));
      return this.reading(Body as Readable, `get ${key}`);
    });
  }

  put(key: string, content: Content, { isNew, lockedUntil }: PutOptions = {}): Promise<{ etag: string }> {
    return this.attempt(`put ${key}`, async () => {
      const body = Readable.from(content.open(), { objectMode: false });
      const over = new AbortController();
      body.on('error', () => over.abort());
      const command = new sdk.PutObjectCommand({
        ...this.of(key),
        Body: body,
        ContentLength: content.sizeBytes,
        ContentMD5: Buffer.from(content.md5, 'hex').toString('base64'),
        ...(isNew ? { IfNoneMatch: '*' } : {}),
        ...(lockedUntil === undefined
          ? {}
          : { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: lockedUntil }),
      });
      // Signed with what the store has to find; else the SDK would sign that it does not know the content.
      command.middlewareStack.add(
        (next) => (args) => {
          const request = args.request as { headers: Record<string, string> };
          request.headers['x-amz-content-sha256'] = content.sha256;
          return next(args);
        },
        { step: 'build', name: 'contentSha256', priority: 'low' },
      );
      const slow = AbortSignal.timeout(Math.ceil(SILENCE_MS + content.sizeBytes * SLOWEST_MS));
      try {
        const { ETag } = await this.client.send(command, {
          abortSignal: AbortSignal.any([slow, over.signal]),
        });
        return { etag: bare(ETag) };
      } catch (error) {
        // A store may refuse in the middle of it: then the connection waits for the rest, and nobody sends that any more.
        over.abort();
        throw error;
      } finally {
        await closed(body);
      }
    });
  }

  remove(key: string): Promise<void> {
    return this.attempt(`delete ${key}`, async () => {
      await this.client.send(new sdk.DeleteObjectCommand(this.of(key)));
    });
  }

  async canLock(): Promise<boolean> {
    try {
      const found = await this.client.send(
        new sdk.GetObjectLockConfigurationCommand({ Bucket: this.config.bucket }),
      );
      return found.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
    } catch (error) {
      const failure = storeError(error, 'look for Object Lock', this.config.url, this.secrets);
      // Neither of these says that the bucket can do it.
      if (isMissing(error) || ['unsupported', 'refused', 'denied'].includes(failure.failure)) return false;
      throw failure;
    }
  }

  lock(key: string, until: Date): Promise<void> {
    return this.attempt(`lock ${key}`, async () => {
      await this.client.send(
        new sdk.PutObjectRetentionCommand({
          ...this.of(key),
          Retention: { Mode: 'GOVERNANCE', RetainUntilDate: until },
        }),
      );
    });
  }

  private at(prefix: string) {
    return { Bucket: this.config.bucket, Prefix: `${this.config.prefix}${prefix}` };
  }

  private of(key: string) {
    return { Bucket: this.config.bucket, Key: `${this.config.prefix}${key}` };
  }

  private async attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeError(error, what, this.config.url, this.secrets);
    }
  }

  private async unlessMissing<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw storeError(error, what, this.config.url, this.secrets);
    }
  }

  /** What breaks off in the middle is a failure like any other. */
  private async *reading(body: Readable, what: string): AsyncIterable<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw storeError(error, what, this.config.url, this.secrets);
    }
  }
}

/** Whoever has lent the content closes its file next, and nothing may still be reading it then. */
async function closed(body: Readable): Promise<void> {
  body.destroy();
  if (!body.closed) await once(body, 'close').catch(() => undefined);
}

const FOREVER = new Date(8.64e15);

function continued(token: string | undefined) {
  return token === undefined ? {} : { ContinuationToken: token };
}

function bare(etag: string | undefined): string {
  return (etag ?? '').replace(/^W\//, '').replaceAll('"', '');
}
