/** What nginx reads for a moment, and that the usual configuration always comes back. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import { HUP, TOP, top } from "../../../tests/support/nginx_workers.ts";
import { samplePlan } from "../../../tests/support/samples.ts";
import { nginxFiles } from "../../render/nginx.ts";
import { readWritten } from "../../steps/written.ts";
import { drain, drainedText, isDrained, restoreUsual, undrain } from "./drain.ts";

const DIR = "/opt/rxdx";
const PATH = "nginx/nginx.prod.conf";
const USUAL = nginxFiles(samplePlan()).find((file) => file.path === PATH)?.text ?? "";
const signal = new AbortController().signal;

const target = (host: FakeHost) => ({ host, dir: DIR, nginx: "n1", configuration: PATH, signal });

async function installed(host: FakeHost, text = USUAL): Promise<void> {
  await host.files.mkdir(`${DIR}/nginx`, 0o755);
  await host.files.mkdir(`${DIR}/.rxdx`, 0o700);
  await host.files.writeAtomic(`${DIR}/${PATH}`, text, { mode: 0o644 });
}

Deno.test("the rendered upstream names those that stay, and the name as a way out", () => {
  const text = drainedText(USUAL, ["172.20.0.5:8000", "172.20.0.6:8000"]) ?? "";
  assert.match(
    text,
    /least_conn;\n +server 172\.20\.0\.5:8000 max_fails=3 fail_timeout=3s;\n +server 172\.20\.0\.6:8000 max_fails=3 fail_timeout=3s;\n +server backend:8000 resolve backup /,
  );
  assert.equal(text.split("\n").length, USUAL.split("\n").length + 2);
  assert.equal(drainedText(USUAL, []), undefined);
  assert.equal(drainedText("upstream backend { server 10.0.0.1; }", ["1.2.3.4:8000"]), undefined);
});

Deno.test("drained: nginx has new workers, the file is the usual one again, a note stays", () =>
  withFakeHost({}, async (host) => {
    await installed(host);
    host.process.expect(TOP, top([1, 2])).expect(HUP)
      .expect(TOP, top([1, 2])).expect(TOP, top([3, 4], [1]))
      .expect(TOP, top([3, 4], [1])).expect(TOP, top([3, 4]));
    assert.equal(await drain(target(host), ["172.20.0.5:8000"]), true);
    assert.equal(await host.files.readText(`${DIR}/${PATH}`), USUAL);
    assert.equal(await isDrained(host, DIR), true);
    assert.equal((await readWritten(host, DIR))[PATH]?.length, 1, "nobody takes it for an edit");
    host.process.expect(TOP, top([3, 4])).expect(HUP).expect(TOP, top([5, 6]));
    await undrain(target(host));
    assert.equal(await isDrained(host, DIR), false);
  }));

Deno.test("killed while nginx reads: the next run puts the usual one back", () =>
  withFakeHost({}, async (host) => {
    await installed(host);
    host.failAtPoint("during:drain", "kill");
    await assert.rejects(drain(target(host), ["172.20.0.5:8000"]));
    host.revive();
    assert.match(await host.files.readText(`${DIR}/${PATH}`) ?? "", /server 172\.20\.0\.5:8000/);
    await restoreUsual(host, DIR);
    assert.equal(await host.files.readText(`${DIR}/${PATH}`), USUAL);
    assert.equal(await isDrained(host, DIR), true, "the running nginx is to be told");
    await host.files.writeAtomic(`${DIR}/${PATH}`, "edited since", { mode: 0o644 });
    await restoreUsual(host, DIR);
    assert.equal(await host.files.readText(`${DIR}/${PATH}`), "edited since");
  }));

Deno.test("old workers that do not end are waited for six seconds, no longer", () =>
  withFakeHost({}, async (host) => {
    await installed(host);
    host.process.expect(TOP, top([1])).expect(HUP).expect(TOP, top([2], [1]));
    for (let look = 0; look < 32; look++) host.process.expect(TOP, top([2], [1]));
    const from = host.clock.monotonic();
    assert.equal(await drain(target(host), ["172.20.0.5:8000"]), true);
    const waited = host.clock.monotonic() - from;
    assert.ok(waited > 6_000 && waited < 6_600, `${waited} ms`);
  }));

Deno.test("nginx that keeps its old workers is an error, and nothing is left on disk", () =>
  withFakeHost({}, async (host) => {
    await installed(host);
    host.process.expect(TOP, top([1])).expect(HUP);
    for (let look = 0; look < 201; look++) host.process.expect(TOP, top([1]));
    host.process.expect(["docker", "logs", "--since", "60s", "n1"], "");
    await assert.rejects(drain(target(host), ["172.20.0.5:8000"]), /did not take over/);
    assert.equal(await host.files.readText(`${DIR}/${PATH}`), USUAL);
  }));

Deno.test("an upstream that was edited away is left alone", () =>
  withFakeHost({}, async (host) => {
    await installed(host, "upstream backend { server 10.0.0.1:8000; }\n");
    assert.equal(await drain(target(host), ["172.20.0.5:8000"]), false);
    assert.equal(await isDrained(host, DIR), false);
  }));
