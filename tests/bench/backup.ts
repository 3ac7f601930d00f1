/** A backup beside `pg_dump -Fc | age` of the same database: seconds; and the most memory, beside that of a tenth. */
import { newKeyPair } from "../../lib/backup/age.ts";
import { sqlIn } from "../support/backups.ts";
import { type Peak, peakOf } from "../support/process_tree.ts";
import { must, PROGRAM, sh, type TestStack } from "../support/stack.ts";
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

const WORK = {
  create: ["backup", "create"],
  verify: ["backup", "verify"],
  restore: ["backup", "restore", "--skip-backup", "--yes", "--json"],
} as const;

type Work = keyof typeof WORK;

async function peak(stack: TestStack, what: Work): Promise<Peak> {
  const found = await peakOf([PROGRAM, ...WORK[what], "--dir", stack.dir]);
  if (!found.ok) throw new Error(`backup ${what} failed`);
  return found;
}

/** Peaks of all three, one after the other. */
async function peaks(stack: TestStack): Promise<Record<Work, Peak>> {
  return {
    create: await peak(stack, "create"),
    verify: await peak(stack, "verify"),
    restore: await peak(stack, "restore"),
  };
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
  const tenth = await peaks(stack);
  await sqlIn(postgres, "DROP TABLE public.bench;");
  await sqlIn(postgres, requirements(rows));
  const { recipient } = await newKeyPair();
  const target = await Deno.makeTempFile();
  const ours: number[] = [];
  const theirs: number[] = [];
  let created: Peak | undefined;
  for (let round = 0; round < rounds; round++) {
    const from = performance.now();
    await must([
      ...["sh", "-c", 'docker exec "$1" pg_dump -U rxdx -Fc rxdx | age -r "$2" > "$3"', "sh"],
      ...[postgres, recipient, target],
    ]);
    theirs.push((performance.now() - from) / 1000);
    created = await peak(stack, "create");
    ours.push(created.seconds);
  }
  const peer = { name: "pg_dump -Fc | age", value: median(theirs) };
  figure({ what: "backup create", ours: median(ours), unit: "s", peer, aim: "≤ 1.05" });
  const verified = await peak(stack, "verify");
  figure({ what: "backup verify", ours: verified.seconds, unit: "s", aim: "a restore's time" });
  const restored = await peak(stack, "restore");
  const told = JSON.parse(restored.stdout) as { seconds: number; downtime_seconds: number };
  const [rto, downtime] = [told.seconds, told.downtime_seconds];
  figure({ what: "backup restore", ours: rto, unit: "s", aim: "RTO" });
  figure({ what: "backup restore: downtime", ours: downtime, unit: "s", aim: "flat" });
  const whole = { create: created ?? tenth.create, verify: verified, restore: restored };
  for (const what of ["create", "verify", "restore"] as const) {
    const beside = { name: "of a tenth of the rows", value: tenth[what].rss / 2 ** 20 };
    const ours = whole[what].rss / 2 ** 20;
    figure({ what: `backup ${what}: memory`, ours, unit: "MiB", peer: beside, aim: "flat" });
  }
  await Deno.remove(target);
  await sqlIn(postgres, "DROP TABLE public.bench;");
}
