/** The table of commands about certificates; part of `routes.ts`. */
import { buildRouteMap, type RouteMap } from "@stricli/core";
import { type AppContext, define, switchFlag, textFlag, words } from "./command.ts";

export const tlsRoutes: RouteMap<AppContext> = buildRouteMap({
  routes: {
    show: define({
      brief: "The certificate: names, dates, chain, what is served, when it is renewed",
      examples: ["rxdx-setup tls show", "rxdx-setup tls show --json"],
      load: () => import("./commands/tls_show.ts"),
    }),
    "self-signed": define({
      brief: "Make a new self-signed certificate and serve it, without a restart",
      examples: ["rxdx-setup tls self-signed"],
      load: () => import("./commands/tls_self_signed.ts"),
    }),
    import: define({
      brief: "Judge a certificate that was made elsewhere, and serve it",
      examples: [
        "rxdx-setup tls import fullchain.pem privkey.pem",
        "rxdx-setup tls import server.crt server.key --chain intermediate.crt",
        "rxdx-setup tls import server.p12 --passphrase-file pass.txt",
        "rxdx-setup tls import --check fullchain.pem privkey.pem",
      ],
      more:
        "Takes PEM, DER and PKCS #12; puts a chain in order; tells everything that browsers would\n" +
        "refuse, at once: names, dates, key, chain, strength. The certificate is kept here, so the\n" +
        "files may go. The present one is served until the new one is proven, and kept.",
      flags: {
        chain: textFlag("Intermediate certificates, when they are in a file of their own", "FILE"),
        passphraseFile: textFlag("File whose first line opens an encrypted key, mode 0600", "FILE"),
        check: switchFlag("Only judge it; nothing is put in place"),
      },
      positional: words("Certificate, and key where it is not in the same file", "FILE"),
      load: () => import("./commands/tls_import.ts"),
    }),
    issue: define({
      brief: "Get a certificate from Let's Encrypt or another authority (ACME) and serve it",
      examples: [
        "rxdx-setup tls issue --rehearse",
        "rxdx-setup tls issue --accept-terms --email ops@example.com",
        "rxdx-setup tls issue --directory https://ca.example.com/acme/directory --ca-bundle ca.pem",
      ],
      more:
        "The stack must run, and port 80 of every name must lead to it: DNS, CAA records and the\n" +
        "way to this server are looked at first. The first order at Let's Encrypt is rehearsed at its\n" +
        "staging servers. The present certificate is served until the new one is proven.\n" +
        "What is given here is noted in rxdx.yml; a timer renews from then on.",
      flags: {
        email: textFlag("Contact, told by the authority of trouble; optional", "ADDRESS"),
        directory: textFlag("ACME directory of another authority than Let's Encrypt", "URL"),
        caBundle: textFlag("Roots of a private authority, PEM", "FILE"),
        profile: textFlag("Certificate profile, for example shortlived", "NAME"),
        acceptTerms: switchFlag("The authority's terms of service are accepted"),
        rehearse: switchFlag("Only practise at the staging servers; nothing is put in place"),
      },
      load: () => import("./commands/tls_issue.ts"),
    }),
    renew: define({
      brief: "Renew the certificate where it is due",
      examples: ["rxdx-setup tls renew", "rxdx-setup tls renew --force --yes"],
      more:
        "Asks the authority when it wants the certificate renewed (ARI); otherwise with a third of\n" +
        "its life left, half of it where that is under ten days. After a failure the pauses grow:\n" +
        "1 minute, 10 minutes, 100 minutes, 1 day. An own record of orders keeps within the limits of\n" +
        "authorities (5 failures an hour, 5 same certificates a week), also with --force.",
      flags: {
        force: switchFlag("Now, although it is not due or a pause after a failure is not over"),
        scheduled: switchFlag("As the timer does: wait some seconds, ask nothing, be silent"),
      },
      load: () => import("./commands/tls_renew.ts"),
    }),
    undo: define({
      brief: "Serve the certificate before the present one again",
      examples: ["rxdx-setup tls undo"],
      load: () => import("./commands/tls_undo.ts"),
    }),
  },
  docs: { brief: "Certificates: look, make, import, order, renew" },
});
