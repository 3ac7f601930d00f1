/**
 * Run within a network namespace: listens on ports of its loopback and passes every connection to the unix
 * socket `DIRECTORY/PORT`, behind which somebody outside of the namespace serves it. Begins to listen when
 * a line comes on standard input, ends with it. Arguments: DIRECTORY PORT…
 */
const [directory = "", ...ports] = Deno.args;

async function pass(connection: Deno.Conn, path: string): Promise<void> {
  try {
    const other = await Deno.connect({ transport: "unix", path });
    await Promise.allSettled([
      connection.readable.pipeTo(other.writable),
      other.readable.pipeTo(connection.writable),
    ]);
  } catch {
    connection.close();
  }
}

async function serve(listener: Deno.Listener, path: string): Promise<void> {
  for await (const connection of listener) void pass(connection, path);
}

console.log("ready");
const said = new Uint8Array(16);
while (await Deno.stdin.read(said) !== null) {
  for (const port of ports) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(port) });
    void serve(listener, `${directory}/${port}`);
  }
  console.log("listening");
}
Deno.exit(0);
