/**
 * Posts a test alert to `alerts.webhook`. Called by the wizard and by `check webhook`. Nothing of the
 * address but its host is shown: who knows the whole of a webhook may post to it.
 */
import type { Host } from "../host/types.ts";
import { answered, failed, networkRemedies, type ProbeResult, quotedWords } from "./result.ts";
import { complaintOf } from "./web.ts";

const ANSWER_MS = 10_000;

export async function testWebhook(host: Host, url: string): Promise<ProbeResult> {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    return failed("No webhook is set.", "Set alerts.webhook to an https:// address");
  }
  const target = new URL(url);
  const where = target.host;
  const port = Number(target.port || (target.protocol === "https:" ? 443 : 80));
  return await answered(async () => {
    const answer = await host.net.fetch({
      url,
      method: "POST",
      timeoutMs: ANSWER_MS,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        // What chat services show; the rest is for programs.
        text:
          `RxDx on ${host.system.hostname()}: test alert of rxdx-setup. Nothing has to be done.`,
        schema: 1,
        event: "test",
        kind: "test",
        source: "rxdx-setup",
        host: host.system.hostname(),
        time: host.clock.now().toISOString(),
      }),
    });
    const { status } = answer;
    if (status >= 200 && status < 300) {
      return { ok: true, detail: `${where} took the test alert (HTTP ${status}).` };
    }
    const words = quotedWords(complaintOf(answer.text));
    const said = `${where} answered HTTP ${status}${words === "" ? "" : `: ${words}`}.`;
    if (status >= 300 && status < 400) {
      return failed(said, "It points elsewhere: set alerts.webhook to the final address");
    }
    if (status === 401 || status === 403) {
      return failed(said, "The address's token is not accepted");
    }
    if (status === 404 || status === 410) {
      return failed(said, "Check the path of alerts.webhook; the hook may have been removed");
    }
    return failed(said, "The service must take a POST with a JSON body and answer 2xx");
  }, networkRemedies(target.hostname, port, "alerts.webhook"));
}
