import { createConnection, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { MariaDbError } from './errors.js';

/** Header of a packet: three bytes of length, the least significant first, and its number. */
const HEADER = 4;
/** Greeting and answer are some 100 bytes each; whoever sends more than this is no MariaDB. */
const LARGEST = 4096;
const PROTOCOL = 10;
const ERROR_PACKET = 0xff;

/**
 * The version that a server tells whoever connects, before any account is asked for: the first packet on a connection
 * (protocol version 10, "Initial Handshake Packet"). That needs no library, which matters: `status` would load a
 * megabyte of mysql2 for this one text. The login is gone through and the connection closed as it should be, because
 * the server logs a warning for each that is not; whether it lets us in does not matter.
 * @param timeoutMs for all of it
 * @returns as `SELECT VERSION()`, e.g. `11.8.6-MariaDB-0+deb13u1`
 * @throws MariaDbError where nobody listens, or what is said is no greeting, or the login is not answered in time
 */
export function greetedVersion(
  socketPath: string,
  timeoutMs: number,
  user: string = userInfo().username,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    const fail = (code: 'mariadb-unreachable' | 'mariadb-timeout', reason: string, cause?: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new MariaDbError(code, `MariaDB does not answer at ${socketPath}: ${reason}`, { cause }));
    };
    const timer = setTimeout(
      () => fail('mariadb-timeout', `nothing was heard for ${timeoutMs} ms`),
      timeoutMs,
    );
    socket.on('error', (error) => fail('mariadb-unreachable', error.message, error));
    socket.on('close', () => fail('mariadb-unreachable', 'it hung up'));
    let received: Buffer = Buffer.alloc(0);
    let version: string | undefined;
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const packet = firstPacket(received);
      if (packet === undefined) return;
      received = Buffer.alloc(0);
      if (version === undefined) {
        const greeting = parseGreeting(packet);
        if ('problem' in greeting) return fail('mariadb-unreachable', greeting.problem);
        version = greeting.version;
        socket.write(login(user));
        return;
      }
      clearTimeout(timer);
      leave(socket);
      resolve(version);
    });
  });
}

/** COM_QUIT, to which the server hangs up; where it does not, bench does not wait for it. */
function leave(socket: Socket): void {
  socket.removeAllListeners().on('error', () => {});
  socket.end(Buffer.from([1, 0, 0, 0, 1]));
  socket.unref();
}

/** The first packet without its header; undefined while it is not all there. Nothing is waited for that is too large. */
export function firstPacket(bytes: Buffer): Buffer | undefined {
  if (bytes.length < HEADER) return undefined;
  const length = bytes.readUIntLE(0, 3);
  if (length > LARGEST) return bytes.subarray(HEADER);
  return bytes.length < HEADER + length ? undefined : bytes.subarray(HEADER, HEADER + length);
}

/** Pure. */
export function parseGreeting(packet: Buffer): { version: string } | { problem: string } {
  // Error number and text; before the login no SQL state stands between them.
  if (packet[0] === ERROR_PACKET) return { problem: packet.subarray(3).toString('utf8') };
  const end = packet.indexOf(0, 1);
  if (packet[0] !== PROTOCOL || end === -1) return { problem: 'what it says is no greeting' };
  // MariaDB 10 greets as `5.5.5-10.11.6-MariaDB`, which old replicas need; `SELECT VERSION()` has no such prefix.
  return { version: packet.toString('utf8', 1, end).replace(/^5\.5\.5-(?=\d)/, '') };
}

const CLIENT_MYSQL = 0x1;
const CLIENT_PROTOCOL_41 = 0x200;
const CLIENT_SECURE_CONNECTION = 0x8000;
const UTF8MB4_GENERAL_CI = 45;

/** "Handshake Response Packet" of an account without a password, such as `unix_socket` lets in. Pure. */
function login(user: string): Buffer {
  const fixed = Buffer.alloc(32);
  fixed.writeUInt32LE(CLIENT_MYSQL | CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION, 0);
  fixed.writeUInt32LE(2 ** 24 - 1, 4);
  fixed.writeUInt8(UTF8MB4_GENERAL_CI, 8);
  const payload = Buffer.concat([fixed, Buffer.from(`${user}\0`), Buffer.from([0])]);
  const header = Buffer.alloc(HEADER);
  header.writeUIntLE(payload.length, 0, 3);
  // The second packet of this exchange.
  header.writeUInt8(1, 3);
  return Buffer.concat([header, payload]);
}
