import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import type { Guest } from '../../guest/guest.js';
import { requireProgram } from '../../guest/host.js';
import { stderrProgress } from '../../guest/progress.js';

/** The rules of WCAG, as a script for the browser. */
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Where pictures of the page go (`npm run pictures`); nothing is drawn without. */
const PICTURES = process.env.BENCH_PICTURES;

/** The browser of this machine's Debian, outside of the guest; it finds the page by a forwarded port. */
export function useBrowser(): (guest: Guest) => Promise<Visitor> {
  let browser: Browser | undefined;
  afterAll(() => browser?.close());
  return async (guest) => {
    await requireProgram('chromium', ['chromium', 'fonts-dejavu-core'], stderrProgress());
    // In a container, and as root, it has no sandbox of its own; it sees nothing but our page.
    browser ??= await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
    const address = `http://127.0.0.1:${await guest.forward('127.0.0.1:8443')}`;
    const page = await browser.newPage({ viewport: { width: 1100, height: 760 }, timezoneId: 'UTC' });
    page.setDefaultTimeout(60_000);
    return new Visitor(page, address, guest);
  };
}

/** Somebody who looks at the page, and what went wrong meanwhile. */
export class Visitor {
  /** What the browser complains about, and requests that leave the host. */
  readonly faults: string[] = [];
  private number = 0;

  constructor(
    readonly page: Page,
    readonly address: string,
    private readonly guest: Guest,
  ) {
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(address)) this.faults.push(`left the host: ${request.url()}`);
    });
  }

  /** By a fresh address of `bench admin login`, as somebody at the host would copy it. */
  async logIn(): Promise<string> {
    const { stdout } = await this.guest.run(['bench', 'admin', 'login', '--address', this.address]);
    await this.page.goto(stdout.trim());
    await this.page.getByRole('heading', { name: 'Benches' }).waitFor();
    return stdout.trim();
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.address}/#/${path}`);
  }

  /** Until the operation of a command has ended, which was begun just now; then its box is put away. */
  async done(command: string): Promise<void> {
    const box = this.page.locator(`[data-operation="${command}"]`).first();
    await box
      .and(this.page.locator('[data-state="done"], [data-state="failed"], [data-state="lost"]'))
      .waitFor({
        timeout: 280_000,
      });
    expect(await box.getAttribute('data-state'), await box.innerText()).toBe('done');
    await box.getByRole('button', { name: 'Dismiss' }).click();
  }

  /** What axe finds that keeps somebody from using the page, in both sets of colours. */
  async barriers(): Promise<string[]> {
    const found: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme });
      await this.page.evaluate(readAxe());
      const results = (await this.page.evaluate('axe.run(document, {resultTypes: ["violations"]})')) as {
        violations: { id: string; impact: string; nodes: { html: string }[] }[];
      };
      for (const { id, impact, nodes } of results.violations)
        if (impact === 'serious' || impact === 'critical')
          found.push(`${colorScheme}: ${id} ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`);
    }
    await this.page.emulateMedia({ colorScheme: 'light' });
    return found;
  }

  /** How far the page is wider than a phone, in pixels. */
  async tooWide(): Promise<number> {
    await this.page.setViewportSize({ width: 360, height: 740 });
    const width = await this.page.evaluate('document.documentElement.scrollWidth');
    await this.page.setViewportSize({ width: 1100, height: 760 });
    return Math.max(0, Number(width) - 360);
  }

  async picture(name: string): Promise<void> {
    this.number += 1;
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    const path = join(PICTURES, `${String(this.number).padStart(2, '0')}-${name}.png`);
    await this.page.screenshot({ path, scale: 'css' });
  }
}

let axe: string | undefined;

function readAxe(): string {
  axe ??= createRequire(import.meta.url)('node:fs').readFileSync(AXE, 'utf8') as string;
  return axe;
}
