// Runs first in the portable form. What the stub told the runtime through the environment is not
// the program's, and must not reach the programs that it starts.
{
  const temporary = Deno.env.get("RXDX_SETUP_TEMPORARY");
  globalThis.RXDX_SETUP_PROGRAM = Deno.env.get("RXDX_SETUP_PROGRAM") ?? "";
  for (
    const name of [
      "DENO_DIR",
      "DENO_DISABLE_NODE_SHIM",
      "DENO_NO_UPDATE_CHECK",
      "DENO_NO_PACKAGE_JSON",
      "RXDX_SETUP_TEMPORARY",
      "RXDX_SETUP_PROGRAM",
    ]
  ) Deno.env.delete(name);
  if (temporary !== undefined) {
    globalThis.addEventListener("unload", () => {
      try {
        Deno.removeSync(temporary, { recursive: true });
      } catch {
        // The next start from a temporary directory removes what is left.
      }
    });
  }
}
