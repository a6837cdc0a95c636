/** A terminal of `columns` x `rows` that understands the sequences which ink writes; anything else is an error. */
export class Screen {
  private lines: string[][] = [[]];
  /** What the other screen hides. */
  private other: { lines: string[][]; line: number; column: number } | undefined;
  private line = 0;
  private column = 0;
  /** Lines that have gone over the upper edge; nothing brings them back. */
  scrolled = 0;
  cursor = true;

  constructor(
    private readonly columns: number,
    private readonly rows: number,
  ) {}

  get alternate(): boolean {
    return this.other !== undefined;
  }

  get text(): string {
    return this.lines.map((line) => line.join('').trimEnd()).join('\n');
  }

  feed(output: string): this {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told
    const token = /\u001b\[([?>=]?)([\d;]*)([A-Za-z])|\u001b(.)|([\s\S])/gu;
    for (const [, prefix, parameters = '', command, escaped, character] of output.matchAll(token)) {
      if (escaped !== undefined) throw new Error(`unknown sequence ESC ${escaped}`);
      if (character !== undefined) this.print(character);
      else this.control(prefix ?? '', parameters, command ?? '');
    }
    return this;
  }

  private print(character: string): void {
    if (character === '\r') this.column = 0;
    else if (character === '\n') this.down();
    else if (character >= ' ') {
      if (this.column >= this.columns) {
        this.column = 0;
        this.down();
      }
      const line = this.at(this.line);
      while (line.length < this.column) line.push(' ');
      line[this.column] = character;
      this.column += 1;
    }
  }

  private down(): void {
    this.line += 1;
    if (this.line < this.rows) return;
    this.lines.shift();
    this.scrolled += 1;
    this.line = this.rows - 1;
  }

  private at(line: number): string[] {
    while (this.lines.length <= line) this.lines.push([]);
    return this.lines[line] as string[];
  }

  private control(prefix: string, parameters: string, command: string): void {
    const count = Number(parameters || 1);
    if (prefix === '?') this.mode(parameters, command === 'h');
    else if (command === 'm') return;
    else if (command === 'A') this.line = Math.max(0, this.line - count);
    else if (command === 'B') this.line = Math.min(this.rows - 1, this.line + count);
    else if (command === 'C') this.column += count;
    else if (command === 'D') this.column = Math.max(0, this.column - count);
    else if (command === 'E') {
      this.line = Math.min(this.rows - 1, this.line + count);
      this.column = 0;
    } else if (command === 'G') this.column = count - 1;
    else if (command === 'H') {
      this.line = 0;
      this.column = 0;
    } else if (command === 'K') this.erase(parameters);
    else if (command === 'J') this.clear(parameters);
    else throw new Error(`unknown sequence CSI ${prefix}${parameters}${command}`);
  }

  private erase(parameters: string): void {
    const line = this.at(this.line);
    line.length = parameters === '2' ? 0 : Math.min(line.length, this.column);
  }

  private clear(parameters: string): void {
    if (parameters === '' || parameters === '0') {
      this.erase('');
      this.lines.length = this.line + 1;
    } else this.lines = [[]];
  }

  private mode(parameters: string, on: boolean): void {
    if (parameters === '25') this.cursor = on;
    if (parameters !== '1049') return;
    const { lines, line, column } = this.other ?? { lines: [[]], line: 0, column: 0 };
    this.other = on ? { lines: this.lines, line: this.line, column: this.column } : undefined;
    this.lines = on ? [[]] : lines;
    this.line = on ? 0 : line;
    this.column = on ? 0 : column;
  }
}
