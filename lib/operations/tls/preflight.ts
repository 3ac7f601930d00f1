/**
 * Looks, before an order is spent, whether a certificate authority can check the names: DNS, CAA, and a
 * token that this machine fetches through the public name (criterion T5).
 */
import { isIpAddress } from "../../answers/rules.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { measureCaa, measureNames } from "../../probe/names.ts";
import type { StepReport } from "../../steps/step.ts";
import { webrootPath } from "../../tls/acme/places.ts";
import { judgeNames, type NameFindings, type TokenFinding } from "../../tls/preflight.ts";
import type { AcmeScene } from "./acme_scene.ts";

/** Milliseconds for the token of one name. */
const TOKEN_MS = 5_000;

/**
 * @param identities names by which the CA calls itself in CAA records
 * @throws SetupError with the first reason why an order would fail (exit 5)
 */
export async function acmePreflight(
  scene: AcmeScene,
  identities: readonly string[],
  report: Pick<StepReport, "detail">,
): Promise<void> {
  const { host, settings } = scene;
  const findings = await findNames(scene, report);
  const verdicts = judgeNames(findings, {
    ownAddresses: host.system.addresses(),
    caaIdentities: identities,
    isPublic: settings.isPublic,
  });
  const [worst] = verdicts;
  if (worst?.level === "stop") {
    const others = verdicts.slice(1).filter((each) => each.level === "stop");
    throw new SetupError({
      code: worst.code,
      message: [worst.message, ...others.map((each) => each.message)].join(" ") +
        " No order was made.",
      hint: worst.hint,
      exit: EXIT.apply,
    });
  }
  for (const each of verdicts) report.detail(each.message);
}

async function findNames(
  scene: AcmeScene,
  report: Pick<StepReport, "detail">,
): Promise<NameFindings[]> {
  const { host, plan, settings } = scene;
  const token = [...host.random.bytes(24)].map((byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  const directory = `${webrootPath(plan.dir)}/.well-known/acme-challenge`;
  await host.files.mkdir(directory, 0o755);
  await host.files.writeAtomic(`${directory}/${token}`, token, { mode: 0o644 });
  try {
    const named = new Map(
      (await measureNames(host, settings.names)).map((each) => [each.name, each]),
    );
    return await Promise.all(settings.names.map(async (name): Promise<NameFindings> => {
      const isAddress = isIpAddress(name);
      const found = named.get(name);
      report.detail(`asking ${name} for a token`);
      return {
        name,
        dns: isAddress ? "skipped" : found?.dns ?? "silent",
        addresses: isAddress ? [name] : found?.addresses ?? [],
        caa: isAddress ? { state: "none", records: [] } : await measureCaa(host, name),
        token: await fetchToken(host, name, token),
      };
    }));
  } finally {
    await host.files.remove(`${directory}/${token}`).catch(() => undefined);
  }
}

async function fetchToken(host: Host, name: string, token: string): Promise<TokenFinding> {
  const authority = name.includes(":") ? `[${name}]` : name;
  try {
    const answer = await host.net.fetch({
      url: `http://${authority}/.well-known/acme-challenge/${token}`,
      timeoutMs: TOKEN_MS,
    });
    return answer.status === 200 && answer.text === token
      ? { state: "ours" }
      : { state: "other", status: answer.status, server: answer.headers["server"] ?? "" };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { state: "failed", code: error.code };
  }
}
