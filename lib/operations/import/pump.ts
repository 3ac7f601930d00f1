/** From one program into another, as a shell's `|` does it, with the ends of both to judge. */
import type { ByteProcess, Host, PipeOptions } from "../../host/types.ts";

type Ended = Awaited<ReturnType<ByteProcess["ended"]>>;

export interface Pumped {
  readonly read: Ended;
  readonly written: Ended;
}

/** What both said on standard error, for a message. */
export function complaints({ read, written }: Pumped): string {
  return (read.stderr + written.stderr).trim();
}

/** Never throws for a program that fails: its exit code says so. */
export async function pump(
  host: Host,
  reading: readonly string[],
  writing: readonly string[],
  options: PipeOptions & { readonly input?: string } = {},
): Promise<Pumped> {
  const { input, ...rest } = options;
  const reader = host.process.pipe(reading, rest);
  const writer = host.process.pipe(writing, rest);
  if (input !== undefined) await reader.write(input);
  await reader.end();
  const told = (async () => {
    for await (const _ of writer.output);
  })();
  for await (const chunk of reader.output) await writer.write(chunk);
  await writer.end();
  await told;
  const [read, written] = await Promise.all([reader.ended(), writer.ended()]);
  return { read, written };
}
