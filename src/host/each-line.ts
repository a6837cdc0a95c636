/** Calls `onLine` with each line as it arrives; one that is rewritten (`\r`) is a line each time. */
export async function eachLine(
  chunks: AsyncIterable<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|[\r\n]/);
    rest = lines.pop() ?? '';
    lines.filter((line) => line !== '').forEach(onLine);
  }
  if (rest !== '') onLine(rest);
}
