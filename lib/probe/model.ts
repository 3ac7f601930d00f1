/**
 * Asks a language model one short question, the way the application will. Called by the wizard after
 * its questions about the model, and by `check model`.
 */
import { nearest } from "../answers/suggest.ts";
import type { Host, WebAnswer } from "../host/types.ts";
import type { Listener } from "../plan/facts.ts";
import { answered, failed, networkRemedies, type ProbeResult, quotedWords } from "./result.ts";
import { complaintOf, jsonOf, member } from "./web.ts";

export interface ModelSettings {
  /** As `llm.url`: the base below which `/models` and `/chat/completions` are. */
  readonly url: string;
  readonly model: string;
  /** Listeners of this machine: a model on it must be reachable for containers too. */
  readonly listeners?: readonly Listener[];
}

export interface ModelResult extends ProbeResult {
  /** Names that the service lists; empty when it could not be asked. */
  readonly models: readonly string[];
  /** How long the answer took, where there was one. */
  readonly seconds?: number;
}

const LIST_MS = 10_000;

/** A model that has to be loaded first takes its time. */
const COMPLETION_MS = 120_000;

/** The machine that the container runs on, by the name that containers know it by. */
export const DOCKER_HOST_NAME = "host.docker.internal";

const isLoopback = (address: string) => /^127\./.test(address) || address === "::1";
const isLocal = (hostname: string) =>
  hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);

/** Names for a sentence: the first few and how many more. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 6).map((each) => quotedWords(each, 60)).join(", ");
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}

/** Model names in a list as OpenAI's API has it; `undefined` for anything else. */
function modelNames({ status, text }: WebAnswer): string[] | undefined {
  if (status !== 200) return undefined;
  const data = member(jsonOf(text), "data");
  if (!Array.isArray(data)) return undefined;
  return data.map((each) => member(each, "id")).filter((each) => typeof each === "string");
}

/** Where to knock for a model on this machine: at the address that it listens on. */
function knock(
  url: URL,
  listeners: readonly Listener[] | undefined,
): { base: string; here: boolean } {
  const trimmed = (each: URL) => each.href.replace(/\/+$/, "");
  if (url.hostname !== DOCKER_HOST_NAME) return { base: trimmed(url), here: false };
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const own = (listeners ?? []).filter((each) => each.port === port).map((each) => each.address);
  const everywhere = own.some((each) => each === "0.0.0.0" || each === "::" || isLoopback(each));
  const address = everywhere ? "127.0.0.1" : own[0] ?? "127.0.0.1";
  const there = new URL(url);
  there.hostname = address.includes(":") ? `[${address}]` : address;
  return { base: trimmed(there), here: true };
}

/** What keeps containers from a model that answers on this machine, if anything does. */
function outOfReach(url: URL, listeners: readonly Listener[] | undefined): string | undefined {
  if (listeners === undefined) return undefined;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const own = listeners.filter((each) => each.port === port);
  return own.length > 0 && own.every((each) => isLoopback(each.address))
    ? `it listens on ${own[0]?.address}:${port} alone, where containers cannot reach it`
    : undefined;
}

export async function testModel(host: Host, settings: ModelSettings): Promise<ModelResult> {
  const models: string[] = [];
  let seconds: number | undefined;
  const { url: text, model, listeners } = settings;
  const outcome = (result: ProbeResult): ModelResult => ({
    ...result,
    models,
    ...(seconds === undefined ? {} : { seconds }),
  });
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    return outcome(
      failed("No model service is set.", "Set llm.url, e.g. http://192.0.2.20:1234/v1"),
    );
  }
  const url = new URL(text);
  if (isLocal(url.hostname)) {
    const right = new URL(url);
    right.hostname = DOCKER_HOST_NAME;
    return outcome(failed(
      `In a container ${url.hostname} is the container itself, not this machine.`,
      `rxdx-setup config set llm.url=${right.href.replace(/\/+$/, "")}`,
    ));
  }
  const { base, here } = knock(url, listeners);
  const where = here ? `${url.host} (this machine)` : url.host;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  return outcome(
    await answered(async () => {
      const list = await host.net.fetch({ url: `${base}/models`, timeoutMs: LIST_MS });
      const names = modelNames(list);
      if (names === undefined) return await notOpenAi(host, list, base, where, text);
      models.push(...names);
      if (model === "") {
        return failed(
          `${where} answers; no model is chosen.`,
          `llm.model is one of: ${some(names)}`,
        );
      }
      if (names.length > 0 && !names.includes(model)) {
        const meant = nearest(model, names);
        return failed(
          `${where} has no model ${model}.`,
          (meant === undefined ? "" : `Did you mean ${meant}? `) + `It has: ${some(names)}`,
        );
      }
      const began = host.clock.monotonic();
      const answer = await host.net.fetch({
        url: `${base}/chat/completions`,
        method: "POST",
        timeoutMs: COMPLETION_MS,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          model,
          messages: [{ role: "user", content: "Reply with the word OK." }],
          max_tokens: 8,
          temperature: 0,
          stream: false,
        }),
      });
      const took = (host.clock.monotonic() - began) / 1_000;
      if (answer.status !== 200 || !Array.isArray(member(jsonOf(answer.text), "choices"))) {
        const words = quotedWords(complaintOf(answer.text));
        return failed(
          `${where} lists ${model}, but did not answer with it (HTTP ${answer.status}` +
            `${words === "" ? "" : `: ${words}`}).`,
          "The service's own log says why; the model may not fit into memory",
        );
      }
      seconds = took;
      const detail = `${where} answered with ${model} in ${took.toFixed(1)} s`;
      const barrier = here ? outOfReach(url, listeners) : undefined;
      if (barrier !== undefined) {
        return failed(
          `${detail}, but ${barrier}.`,
          "Make the service listen on 0.0.0.0 (and keep the port closed in the firewall), or on the " +
            "address of Docker's bridge",
        );
      }
      return { ok: true, detail: `${detail}.` };
    }, networkRemedies(url.hostname, port, "llm.url")),
  );
}

/** What it is instead: a door that wants a key, the right service one level up, or something else. */
async function notOpenAi(
  host: Host,
  { status }: WebAnswer,
  base: string,
  where: string,
  text: string,
): Promise<ProbeResult> {
  if (status === 401 || status === 403) {
    return failed(
      `${where} wants a key (HTTP ${status}); the application sends none.`,
      "Use a service on your own network that needs none",
    );
  }
  const said = `${where} answers (HTTP ${status}), but not as an OpenAI-compatible service.`;
  if (/\/v1$/.test(base)) {
    return failed(said, "Check llm.url; curl -s llm.url/models must list models");
  }
  const deeper = await host.net.fetch({ url: `${base}/v1/models`, timeoutMs: LIST_MS })
    .catch(() => undefined);
  return deeper !== undefined && modelNames(deeper) !== undefined
    ? failed(said, `It is one level deeper: llm.url=${text.replace(/\/+$/, "")}/v1`)
    : failed(said, "Check llm.url; it usually ends with /v1");
}
