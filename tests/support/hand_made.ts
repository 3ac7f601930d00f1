/**
 * A stack as somebody sets it up by hand, from the demo images: a Compose file with anchors, variables and
 * fixed container names, services and volumes with names of its own, uploads in a directory, its own nginx.
 */
import assert from "node:assert/strict";
import { selfSigned } from "../../lib/tls/self_signed.ts";
import { makeCheckout } from "./checkout.ts";
import { readyAnswer } from "./readiness.ts";
import { freePort, must, productionImages, sh } from "./stack.ts";

const COMPOSE = `# Set up in a hurry, 2024
x-always: &always
  restart: unless-stopped
  logging: { driver: json-file, options: { max-size: 10m } }

services:
  db:
    <<: *always
    image: \${DB_IMAGE}
    container_name: \${PREFIX}-db
    environment:
      POSTGRES_USER: \${POSTGRES_USER}
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD}
      POSTGRES_DB: \${POSTGRES_DB:-plant}
    volumes:
      - pgdata:/var/lib/postgresql/data
      - ./init:/docker-entrypoint-initdb.d:ro
    healthcheck:
      test: [CMD-SHELL, 'pg_isready -h 127.0.0.1 -U "$$POSTGRES_USER" -d "$$POSTGRES_DB"']
      interval: 2s
      start_interval: 500ms
      start_period: 60s

  api:
    <<: *always
    image: \${API_IMAGE}
    container_name: \${PREFIX}-api
    environment: &api
      ENVIRONMENT: production
      DEBUG: "false"
      SECRET_KEY: \${JWT_SECRET}
      CORS_ORIGINS: '["https://plant.example.org"]'
      DATABASE_URL: postgresql+asyncpg://\${POSTGRES_USER}:\${POSTGRES_PASSWORD}@db:5432/\${POSTGRES_DB:-plant}
      POSTGRES_SERVER: db
      POSTGRES_USER: \${POSTGRES_USER}
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD}
      POSTGRES_DB: \${POSTGRES_DB:-plant}
      AGE_GRAPH_NAME: plant_graph
      LOG_LEVEL: info
      ACCESS_TOKEN_EXPIRE_MINUTES: "45"
    volumes: [./uploads:/app/uploads]
    depends_on: { db: { condition: service_healthy } }

  web:
    <<: *always
    image: \${WEB_IMAGE}
    container_name: \${PREFIX}-web

  proxy:
    <<: *always
    image: \${PROXY_IMAGE}
    container_name: \${PREFIX}-proxy
    ports: ["\${HTTP_PORT}:80", "\${HTTPS_PORT}:443"]
    volumes:
      - ./nginx/nginx.conf:/etc/nginx/nginx.conf:ro
      - ./nginx/ssl:/etc/nginx/ssl:ro
    depends_on: [api, web]

volumes:
  pgdata:
`;

const NGINX = `pid /tmp/nginx.pid;
events {}
http {
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/f;
  uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
  server {
    listen 443 ssl;
    server_name plant.example.org localhost;
    ssl_certificate /etc/nginx/ssl/site.crt;
    ssl_certificate_key /etc/nginx/ssl/site.key;
    location /api { proxy_pass http://api:8000; proxy_set_header Host $host; }
    location /health { return 200 ok; }
    location / { proxy_pass http://web:80; }
  }
}
`;

/** Everything that is served by the old stack, and must be by the new one. */
export interface Evidence {
  readonly rows: string;
  readonly graph: string;
  readonly uploads: string;
}

/** Other ways in which people do it. */
export interface HandMadeOptions {
  /** The database in a directory, the uploads in the container alone. */
  readonly data?: "directories";
  /** Backend and frontend are built from a checkout below the directory, not named. */
  readonly images?: "built";
}

function composeText({ data, images }: HandMadeOptions): string {
  let text = COMPOSE;
  if (data === "directories") {
    text = text.replace("- pgdata:/var", "- ./pgdata:/var").replace("volumes:\n  pgdata:\n", "")
      .replace("    volumes: [./uploads:/app/uploads]\n", "");
  }
  if (images === "built") {
    text = text.replace("image: ${API_IMAGE}", "build: ./RxDx/backend")
      .replace("image: ${WEB_IMAGE}", "build: ./RxDx/frontend");
  }
  return text;
}

export class HandMadeStack implements AsyncDisposable {
  readonly dir: string;
  readonly ports = { http: freePort(), https: freePort() };
  readonly password = "kurz&schwach";

  /** @param name also the Compose project, as the directory is called so */
  constructor(readonly name: string, readonly options: HandMadeOptions = {}) {
    this.dir = `${Deno.makeTempDirSync({ prefix: "hand-made-" })}/${name}`;
  }

  async up(): Promise<void> {
    const images = await productionImages();
    for (const at of ["init", "nginx/ssl", "uploads"]) {
      await Deno.mkdir(`${this.dir}/${at}`, { recursive: true });
    }
    const write = (path: string, text: string, mode = 0o644) =>
      Deno.writeTextFile(`${this.dir}/${path}`, text, { mode });
    const { certificate, key } = await selfSigned({
      names: ["plant.example.org", "localhost"],
      now: new Date(),
      serial: crypto.getRandomValues(new Uint8Array(16)),
    });
    await write("docker-compose.yml", composeText(this.options));
    if (this.options.images === "built") await makeCheckout(`${this.dir}/RxDx`);
    for (const part of this.options.images === "built" ? ["backend", "frontend"] as const : []) {
      await write(`RxDx/${part}/Dockerfile`, `FROM ${images.get(part)}\n`);
    }
    await write(
      ".env",
      [
        `PREFIX=${this.name}`,
        "POSTGRES_USER=plant",
        `POSTGRES_PASSWORD='${this.password}' # change me`,
        "JWT_SECRET=not-a-very-good-secret-but-long-enough",
        `HTTP_PORT=${this.ports.http}`,
        `HTTPS_PORT=${this.ports.https}`,
        `DB_IMAGE=${images.get("postgres")}`,
        `API_IMAGE=${images.get("backend")}`,
        `WEB_IMAGE=${images.get("frontend")}`,
        `PROXY_IMAGE=${images.get("nginx")}`,
        "",
      ].join("\n"),
      0o600,
    );
    await write("nginx/nginx.conf", NGINX);
    await write("nginx/ssl/site.crt", certificate);
    await write("nginx/ssl/site.key", key);
    await write(
      "init/01-age.sql",
      "CREATE EXTENSION IF NOT EXISTS age; LOAD 'age'; SET search_path = ag_catalog, \"$user\", public;\n" +
        "SELECT create_graph('plant_graph');\n",
    );
    await must(["chown", "-R", "1000:1000", `${this.dir}/uploads`]);
    await must(["chown", "101:101", `${this.dir}/nginx/ssl/site.key`]);
    await must(["docker", "compose", "up", "--detach", "--wait"], { cwd: this.dir });
    // As its documentation says, with the accounts that everybody knows.
    await must(["docker", "exec", `${this.name}-api`, "python", "-m", "app.db.init_schema"]);
    await must(
      [...["docker", "exec", "-i", `${this.name}-db`], ...PSQL],
      {
        stdin: 'SET search_path = ag_catalog, "$user", public;\n' +
          "SELECT * FROM cypher('plant_graph', $$ UNWIND range(1,20) AS i " +
          "CREATE (:Risk {n: i})-[:MITIGATED_BY]->(:Control {n: i}) $$) AS (v agtype);\n" +
          "CREATE TABLE public.evidence AS SELECT g AS n, md5(g::text) AS sum FROM generate_series(1,500) g;\n",
      },
    );
    await must([
      ...["docker", "exec", `${this.name}-api`, "sh", "-c"],
      "echo signed > '/app/uploads/a b.txt'; mkdir /app/uploads/deep; head -c 30000 /dev/zero > /app/uploads/deep/scan.bin",
    ]);
  }

  /** @param services containers of the database and the backend */
  async evidence(services: { readonly db: string; readonly api: string }): Promise<Evidence> {
    const sql = async (text: string) =>
      await must([...["docker", "exec", "-i", services.db], ...PSQL], {
        stdin: `SET search_path = ag_catalog, "$user", public;\n${text}`,
      });
    return {
      rows: await sql(
        "SELECT count(*), md5(string_agg(sum, '' ORDER BY n)) FROM public.evidence;\n",
      ),
      graph: await sql(
        "SELECT * FROM cypher('plant_graph', $$ MATCH (a:Risk)-[r]->(b:Control) " +
          "RETURN count(r) + sum(a.n) $$) AS (v agtype);\n",
      ),
      uploads: await must([
        ...["docker", "exec", services.api, "sh", "-c"],
        "cd /app/uploads && find . -type f -exec sha256sum {} + | sort",
      ]),
    };
  }

  get containers(): { readonly db: string; readonly api: string } {
    return { db: `${this.name}-db`, api: `${this.name}-api` };
  }

  /** Status of an address whose 200 says that the stack is ready; 0 where nobody answers. */
  async ready(path: string): Promise<number> {
    const { status } = await readyAnswer(async () => {
      const { stdout } = await sh([
        // curl does not ask again where a reload takes leave of HTTP/2 (TestStack.request).
        ...["curl", "-sk", "--http1.1", "-m", "10", "-w", "\n%{http_code}"],
        ...["--resolve", `plant.example.org:${this.ports.https}:127.0.0.1`],
        `https://plant.example.org:${this.ports.https}${path}`,
      ]);
      const lines = stdout.split("\n");
      return { status: Number(lines.pop()), body: lines.join("\n") };
    });
    return status;
  }

  /** Every file with its bytes, mode, owner and time; the application itself touches its directories. */
  hash(): Promise<string> {
    return must([
      "sh",
      "-c",
      'cd "$1" && find . -printf "%p %m %U\\n" | sort && find . -type f -printf "%p %T@ %s\\n" | sort && find . -type f -exec sha256sum {} + | sort',
      "sh",
      this.dir,
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const filter = ["--filter", `label=com.docker.compose.project=${this.name}`];
    const ids = async (...argv: readonly string[]) =>
      (await sh(["docker", ...argv, "--quiet", ...filter])).stdout.split("\n").filter((id) =>
        id !== ""
      );
    const containers = await ids("ps", "--all");
    if (containers.length > 0) await sh(["docker", "rm", "--force", "--volumes", ...containers]);
    const volumes = await ids("volume", "ls");
    if (volumes.length > 0) await sh(["docker", "volume", "rm", ...volumes]);
    const networks = await ids("network", "ls");
    if (networks.length > 0) await sh(["docker", "network", "rm", ...networks]);
    if (this.options.images === "built") {
      await sh(["docker", "rmi", `${this.name}-api`, `${this.name}-web`]);
    }
    // A volume that names a directory belongs to no project's label.
    if (this.options.data === "directories") {
      await sh(["docker", "volume", "rm", `${this.name}_taken_over_data`]);
    }
    assert.ok(this.dir.includes("hand-made-"));
    await Deno.remove(this.dir.replace(/\/[^/]*$/, ""), { recursive: true });
  }
}

const PSQL = ["psql", "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-U", "plant", "-d", "plant"];
