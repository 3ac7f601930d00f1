/**
 * Which login this process belongs to: what the kernel remembers through su and sudo, and where the SSH
 * session comes from, which sudo takes out of the environment. Read by `sh`: the runtime keeps /proc
 * from a program that was not given everything.
 */
import type { Session } from "./types.ts";

/** What the kernel writes where nobody logged in: 2³² − 1. */
const NO_LOGIN = 4_294_967_295;

/** The login's uid, then SSH_CONNECTION of the nearest ancestor that has one, 16 steps up at most. */
const SCRIPT = `
cat /proc/self/loginuid 2>/dev/null; echo
p=$PPID; n=0
while [ "\${p:-0}" -gt 1 ] && [ "$n" -lt 16 ]; do
  found=$(tr '\\0' '\\n' 2>/dev/null <"/proc/$p/environ" | sed -n 's/^SSH_CONNECTION=//p')
  if [ -n "$found" ]; then echo "$found"; break; fi
  p=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$p/status" 2>/dev/null)
  n=$((n + 1))
done
`;

/** Never throws: what cannot be found out is absent. */
export async function session(): Promise<Session> {
  try {
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", SCRIPT],
      stdin: "null",
      stderr: "null",
    }).output();
    return parseSession(new TextDecoder().decode(stdout));
  } catch {
    return {};
  }
}

export function parseSession(text: string): Session {
  const [login = "", connection = ""] = text.split("\n").map((line) => line.trim())
    .filter((line, index) => index === 0 || line !== "");
  const uid = /^\d+$/.test(login) ? Number(login) : NO_LOGIN;
  return {
    ...(uid === NO_LOGIN ? {} : { loginUid: uid }),
    ...(connection === "" ? {} : { sshConnection: connection }),
  };
}
