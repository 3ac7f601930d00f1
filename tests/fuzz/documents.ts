/** Two valid answers files that the fuzz tests spoil: a short one, and one with every group. */
export const PLAIN = `# Our server.
domain: rxdx.example.com
aliases: [www.example.com, 192.0.2.7]
ports: { http: 8080, https: 8443 }
`;

export const EVERYTHING = `schema: 1
name: acme-rxdx
environment: production
domain: "2001:db8::10"
ports:
  http: 8080
  https: 8443
images: { source: registry, registry: "registry.example.com:5000/med/rxdx", tag: v1.2.0 }
database: { user: rxdx_prod, name: rxdx_live, graph: evidence_graph }
admin: { email: quality@acme.example }
resources:
  preset: custom
  cpus: 3.5
  memory: 6G
  backend: { replicas: 2, workers: 1, cpus: 2, memory: 512M }
  postgres: { cpus: 2, memory: 2G, max_connections: 200 }
email: { host: smtp.acme.example, user: 'rxdx $ user # 1', from: rxdx@acme.example }
imap: { host: imap.acme.example, user: "quote \\" and backslash", mailbox: INBOX/Sent }
llm: { enabled: true, url: "http://localhost:1234/v1", model: local model v2 }
application:
  cors_origins: [https://wiki.acme.example]
  max_upload: 15m
nginx: { rate_limits: { api: 50r/s, auth: 10r/m }, max_body: 30m }
backups: { enabled: true, schedule: "30 1 * * 1-5", directory: /srv/backups, keep: { daily: 30 } }
alerts: { email: [ops@acme.example], disk_percent: 90 }
`;
