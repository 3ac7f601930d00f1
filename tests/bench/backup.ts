/** A backup beside `pg_dump -Fc | age` of the same database: seconds, size, and the most memory. */
import { newKeyPair } from "../../lib/backup/age.ts";
import { sqlIn } from "../support/backups.ts";
import { must, PROGRAM, sh, type TestStack } from "../support/stack.ts";
import { usage } from "./process_tree.ts";
import { figure, median } from "./report.ts";

/** Rows of some 340 bytes: texts with numbers, sums and a document in JSON. */
function requirements(rows: number): string {
  return `CREATE TABLE public.bench AS SELECT g AS id, 'Requirement ' || g AS title,
  'The system shall ' || md5(g::text) || ' when the operator ' || md5((g * 7)::text) ||
    ' within ' || (g % 1000) || ' ms, as verified by test ' || (g * 31) AS body,
  jsonb_build_object('severity', g % 5, 'owner', 'user' || (g % 40), 'h', md5((g * 3)::text)) AS j
FROM generate_series(1, ${rows}) g; CHECKPOINT;
`;
}

/** Seconds of a backup, and the most memory of the program and its Docker clients, in bytes. */
async function create(stack: TestStack): Promise<{ seconds: number; rss: number }> {
  const from = performance.now();
  const child = new Deno.Command(PROGRAM, {
    args: ["backup", "create", "--dir", stack.dir],
    stdout: "null",
    stderr: "null",
  }).spawn();
  let running = true;
  const ended = child.status.finally(() => running = false);
  let rss = 0;
  while (running) {
    rss = Math.max(rss, (await usage(child.pid)).rss);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  if (!(await ended).success) throw new Error("the backup failed");
  return { seconds: (performance.now() - from) / 1000, rss };
}

/** @param rows 3,000,000 make a database of about 1 GB */
export async function benchBackup(
  stack: TestStack,
  { rows, rounds }: { readonly rows: number; readonly rounds: number },
): Promise<void> {
  if ((await sh(["age", "--version"])).code !== 0) {
    console.log("age is not installed; the figures of backups are missing.");
    return;
  }
  const postgres = `${stack.name}-postgres-1`;
  // A tenth of it first: the memory of the whole is told beside that, for it is not to grow with it.
  await sqlIn(postgres, requirements(rows / 10));
  const tenth = await create(stack);
  await sqlIn(postgres, "DROP TABLE public.bench;");
  await sqlIn(postgres, requirements(rows));
  const { recipient } = await newKeyPair();
  const target = await Deno.makeTempFile();
  const ours: number[] = [];
  const theirs: number[] = [];
  let most = 0;
  for (let round = 0; round < rounds; round++) {
    const from = performance.now();
    await must([
      ...["sh", "-c", 'docker exec "$1" pg_dump -U rxdx -Fc rxdx | age -r "$2" > "$3"', "sh"],
      ...[postgres, recipient, target],
    ]);
    theirs.push((performance.now() - from) / 1000);
    const made = await create(stack);
    most = Math.max(most, made.rss);
    ours.push(made.seconds);
  }
  const peer = { name: "pg_dump -Fc | age", value: median(theirs) };
  figure({ what: "backup create", ours: median(ours), unit: "s", peer, aim: "≤ 1.05" });
  figure({
    what: "backup create: memory",
    ours: most / 2 ** 20,
    unit: "MiB",
    peer: { name: "of a tenth of the rows", value: tenth.rss / 2 ** 20 },
    aim: "flat",
  });
  const from = performance.now();
  await stack.ok(["backup", "verify"]);
  const proof = (performance.now() - from) / 1000;
  figure({ what: "backup verify", ours: proof, unit: "s", aim: "a restore's time" });
  const args = ["backup", "restore", "--skip-backup", "--yes", "--json"];
  const restored = JSON.parse((await stack.ok(args)).stdout) as {
    seconds: number;
    downtime_seconds: number;
  };
  figure({ what: "backup restore", ours: restored.seconds, unit: "s", aim: "RTO" });
  const downtime = restored.downtime_seconds;
  figure({ what: "backup restore: downtime", ours: downtime, unit: "s", aim: "flat" });
  await Deno.remove(target);
  await sqlIn(postgres, "DROP TABLE public.bench;");
}
