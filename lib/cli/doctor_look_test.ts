/** Hints of `doctor` can be pasted as they are: they name the directory and the database that are meant. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { sampleAnswers } from "../../tests/support/samples.ts";
import type { Install } from "../operations/install.ts";
import { runDoctor } from "./doctor_look.ts";

function installIn(dir: string): Install {
  return {
    dir,
    answers: sampleAnswers({ environment: "production", domain: "localhost" }),
    provenance: new Map(),
    configuration: "",
    secrets: {},
    receipt: undefined,
  };
}

Deno.test("hints address the stack that was looked at", () =>
  withFakeHost({}, async (host) => {
    host.net.allow("GET", /./, "refused");
    host.process.allow(["cat", "/proc/net/tcp", "/proc/net/tcp6"], "");
    host.process.allow(["cat", "/proc/1/comm"], "init\n");
    host.process.allow(["dockerd", "--version"], "Docker version 28.5.1\n");
    host.process.allow(["docker", "compose", "version", "--short"], "2.40.0\n");
    const hintOf = async (dir: string) => {
      const install = installIn(dir);
      const { checks } = await runDoctor({ host, dir }, install, { services: ["nginx"] });
      return checks.find((each) => each.id === "daemon")?.hint;
    };
    assert.equal(await hintOf("/srv/second"), "rxdx-setup engine --dir /srv/second");
    assert.equal(await hintOf("/opt/rxdx"), "rxdx-setup engine");
  }));
