/** A stack of which nothing is known but that its PostgreSQL runs. */
import { type FakeHost, withFakeHost } from "./fake_host.ts";
import { apiSummary } from "./samples.ts";

const CONTAINER = apiSummary({ service: "postgres" });

/** How every command line in its container begins. */
export const BESIDE_POSTGRES = ["docker", "exec", "--interactive", CONTAINER.Id] as const;

export function withDatabase(test: (host: FakeHost) => Promise<void>): Promise<void> {
  return withFakeHost({}, async (host) => {
    host.net.allow("GET", "/v1.44/containers/json", { json: [CONTAINER] });
    await test(host);
  });
}
