/**
 * A thin client of the Docker Engine API over its unix socket. Used for everything that is watched
 * (state, statistics, events, logs, one-off queries); Compose does everything that is changed.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host, HttpRequest, HttpResponse } from "../host/types.ts";
import type {
  ApiContainer,
  ApiContainerSummary,
  ApiDiskUse,
  ApiEvent,
  ApiImage,
  ApiInfo,
  ApiNetwork,
  ApiStats,
  ApiVersion,
  ApiVolume,
} from "./api.ts";
import { refused } from "./refused.ts";
import { registryAuth, type RegistryLogin } from "./registry_auth.ts";
import { FrameDecoder, LineSplitter, type OutputLine } from "./frames.ts";

/** The oldest API that has `start_interval` health checks: Docker Engine 25. */
const API = "/v1.44";

/** Milliseconds the daemon may take to begin an answer. */
const ANSWER_MS = 15_000;

/** Options of {@link Engine.logs}. */
export interface LogOptions {
  readonly follow?: boolean;
  /** Number of lines from the end; all when absent. */
  readonly tail?: number;
  /** Unix seconds, fractions allowed. */
  readonly since?: number;
  /** Unix seconds, fractions allowed: nothing that was written later. */
  readonly until?: number;
  /** Container's own TTY setting: its output then is not framed. */
  readonly tty?: boolean;
  readonly signal?: AbortSignal;
}

/** Options of {@link Engine.exec}. */
export interface ExecOptions {
  readonly user?: string;
  /** Added to the container's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Where the daemon listens: `DOCKER_HOST`, else rootless, else the system's socket. */
export function socketPath(env: Readonly<Record<string, string>>, uid: number): string {
  const configured = env["DOCKER_HOST"];
  if (configured !== undefined && configured !== "") {
    if (configured.startsWith("unix://")) return configured.slice("unix://".length);
    throw new SetupError({
      code: "docker_host_unsupported",
      message: `DOCKER_HOST=${configured} is not a unix socket.`,
      hint: "Run rxdx-setup on the machine that runs the containers: unset DOCKER_HOST",
      exit: EXIT.prerequisite,
    });
  }
  const runtime = env["XDG_RUNTIME_DIR"];
  if (uid !== 0 && env["RXDX_ROOTLESS"] === "1" && runtime !== undefined) {
    return `${runtime}/docker.sock`;
  }
  return "/var/run/docker.sock";
}

/** Speaks to one daemon. Stateless: every call is a request of its own. */
export class Engine {
  readonly #host: Host;
  readonly #socket: string;

  constructor(host: Host) {
    this.#host = host;
    this.#socket = socketPath(host.env, host.system.uid);
  }

  /** True when the daemon answers; never throws. */
  async ping(): Promise<boolean> {
    try {
      const response = await this.#host.net.request({
        socketPath: this.#socket,
        path: "/_ping",
        timeoutMs: 3_000,
      });
      await response.text();
      return response.status === 200;
    } catch {
      return false;
    }
  }

  version(): Promise<ApiVersion> {
    // Without a version prefix: it must answer on an engine that is too old as well.
    return this.#json({ path: "/version" });
  }

  info(): Promise<ApiInfo> {
    return this.#json({ path: `${API}/info` });
  }

  /** Containers of a Compose project, stopped ones too; of every project when none is named. */
  containers(project?: string): Promise<ApiContainerSummary[]> {
    const filters = project === undefined ? {} : { label: [projectLabel(project)] };
    return this.#json({ path: `${API}/containers/json?all=true&filters=${encode(filters)}` });
  }

  /** `undefined` when the container is gone. */
  container(id: string): Promise<ApiContainer | undefined> {
    return this.#optional({ path: `${API}/containers/${id}/json` });
  }

  /** One sample, at once. Two of them make a CPU percentage. */
  sample(id: string): Promise<ApiStats | undefined> {
    return this.#optional({ path: `${API}/containers/${id}/stats?stream=false&one-shot=true` });
  }

  /** A sample about every second until aborted or the container ends. */
  async *stats(id: string, signal: AbortSignal): AsyncGenerator<ApiStats> {
    yield* this.#jsonLines<ApiStats>(`${API}/containers/${id}/stats?stream=true`, signal);
  }

  /** Container events of one project until aborted. */
  async *events(project: string, signal: AbortSignal): AsyncGenerator<ApiEvent> {
    const filters = encode({ type: ["container"], label: [projectLabel(project)] });
    yield* this.#jsonLines<ApiEvent>(`${API}/events?filters=${filters}`, signal);
  }

  /** Log lines in batches as they arrive, each prefixed with its RFC 3339 time and a space. */
  async *logs(id: string, options: LogOptions = {}): AsyncGenerator<OutputLine[]> {
    const query = new URLSearchParams({ stdout: "1", stderr: "1", timestamps: "1" });
    if (options.follow === true) query.set("follow", "1");
    if (options.tail !== undefined) query.set("tail", String(options.tail));
    if (options.since !== undefined) query.set("since", String(options.since));
    if (options.until !== undefined) query.set("until", String(options.until));
    const response = await this.#expect({
      path: `${API}/containers/${id}/logs?${query}`,
      stream: true,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (options.tty === true) {
      const splitter = new LineSplitter();
      const wrap = (text: string): OutputLine => ({ stream: "stdout", text });
      for await (const chunk of response.body) yield splitter.push(chunk).map(wrap);
      yield splitter.end().map(wrap);
      return;
    }
    const decoder = new FrameDecoder();
    for await (const chunk of response.body) yield decoder.push(chunk);
    yield decoder.end();
  }

  /** Kernel kills for want of memory in a project's containers that the daemon still remembers. */
  async outOfMemoryEvents(project: string, since: Date, until: Date): Promise<ApiEvent[]> {
    const filters = encode({ type: ["container"], event: ["oom"], label: [projectLabel(project)] });
    const seconds = (at: Date) => (at.getTime() / 1000).toFixed(3);
    const found: ApiEvent[] = [];
    const path = `${API}/events?since=${seconds(since)}&until=${seconds(until)}&filters=${filters}`;
    for await (const event of this.#jsonLines<ApiEvent>(path, AbortSignal.timeout(ANSWER_MS))) {
      found.push(event);
    }
    return found;
  }

  /** What images and build cache take. Volumes are left out: their sizes take minutes to count. */
  diskUse(signal: AbortSignal): Promise<ApiDiskUse> {
    return this.#json({ path: `${API}/system/df?type=image&type=build-cache`, signal });
  }

  /**
   * Runs a program in a running container and collects its output. No secret may be in `command`; in
   * `env` it may, which only this daemon and the program see.
   */
  async exec(
    id: string,
    command: readonly string[],
    options: ExecOptions = {},
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const timeoutMs = options.timeoutMs ?? ANSWER_MS;
    const created = await this.#json<{ Id: string }>({
      method: "POST",
      path: `${API}/containers/${id}/exec`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        Cmd: command,
        AttachStdout: true,
        AttachStderr: true,
        ...(options.user === undefined ? {} : { User: options.user }),
        ...(options.env === undefined ? {} : {
          Env: Object.entries(options.env).map(([name, value]) => `${name}=${value}`),
        }),
      }),
    });
    const response = await this.#expect({
      method: "POST",
      path: `${API}/exec/${created.Id}/start`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ Detach: false, Tty: false }),
      timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const decoder = new FrameDecoder();
    const lines: OutputLine[] = [];
    for await (const chunk of response.body) lines.push(...decoder.push(chunk));
    lines.push(...decoder.end());
    const ended = await this.#json<{ ExitCode: number | null }>({
      path: `${API}/exec/${created.Id}/json`,
    });
    const pick = (stream: OutputLine["stream"]) =>
      lines.filter((line) => line.stream === stream).map((line) => line.text).join("\n");
    return { code: ended.ExitCode ?? 1, stdout: pick("stdout"), stderr: pick("stderr") };
  }

  /** `undefined` when the image is not on this machine. */
  image(name: string): Promise<ApiImage | undefined> {
    return this.#optional({ path: `${API}/images/${encodeURIComponent(name)}/json` });
  }

  /** Digest that the registry has under this name now, `sha256:…`; the daemon asks it. */
  async registryDigest(name: string, login?: RegistryLogin): Promise<string> {
    const path = `${API}/distribution/${encodeURIComponent(name)}/json`;
    const request = { path, headers: registryAuth(login) };
    return (await this.#json<{ Descriptor: { digest: string } }>(request)).Descriptor.digest;
  }

  /** Volumes whose Compose project label is `project`. */
  async volumes(project?: string): Promise<ApiVolume[]> {
    const filters = project === undefined ? {} : { label: [projectLabel(project)] };
    const answer = await this.#json<{ Volumes: ApiVolume[] | null }>({
      path: `${API}/volumes?filters=${encode(filters)}`,
    });
    return answer.Volumes ?? [];
  }

  /** Networks whose Compose project label is `project`. */
  networks(project: string): Promise<ApiNetwork[]> {
    return this.#json({
      path: `${API}/networks?filters=${encode({ label: [projectLabel(project)] })}`,
    });
  }

  async #json<T>(request: HttpRequest): Promise<T> {
    const response = await this.#expect(request);
    return JSON.parse(await response.text()) as T;
  }

  async #optional<T>(request: HttpRequest): Promise<T | undefined> {
    const response = await this.#send(request);
    const text = await response.text();
    if (response.status === 404) return undefined;
    if (response.status >= 400) throw refused(request, response.status, text);
    return JSON.parse(text) as T;
  }

  async #expect(request: HttpRequest): Promise<HttpResponse> {
    const response = await this.#send(request);
    if (response.status < 400) return response;
    throw refused(request, response.status, await response.text());
  }

  #send(request: HttpRequest): Promise<HttpResponse> {
    return this.#host.net.request({
      socketPath: this.#socket,
      timeoutMs: ANSWER_MS,
      ...request,
    });
  }

  async *#jsonLines<T>(path: string, signal: AbortSignal): AsyncGenerator<T> {
    const response = await this.#expect({ path, signal });
    const splitter = new LineSplitter();
    try {
      for await (const chunk of response.body) {
        for (const line of splitter.push(chunk)) {
          if (line !== "") yield JSON.parse(line) as T;
        }
      }
    } finally {
      response.close();
    }
  }
}

function projectLabel(project: string): string {
  return `com.docker.compose.project=${project}`;
}

function encode(filters: Readonly<Record<string, readonly string[]>>): string {
  return encodeURIComponent(JSON.stringify(filters));
}
