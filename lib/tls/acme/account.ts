/**
 * The account at a certificate authority: made once, its key kept for good in `.rxdx/tls`. The key is
 * on disk before the CA is told of it, so that a kill in between never makes a second account.
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { newKey, Signer } from "./jws.ts";
import { accountPath, tlsStatePath } from "./places.ts";
import { AcmeError } from "./problem.ts";
import type { AcmeSettings } from "./settings.ts";
import type { AcmeTransport } from "./transport.ts";

/** The file: `url` is absent until the CA has answered. */
interface StoredAccount {
  readonly schema: 1;
  readonly directory: string;
  /** PKCS #8, P-256. */
  readonly key: string;
  readonly url?: string;
  readonly contact?: string;
}

export interface Account {
  readonly url: string;
  readonly signer: Signer;
}

async function readStored(
  host: Host,
  dir: string,
  directoryUrl: string,
): Promise<StoredAccount | undefined> {
  const text = await host.files.readText(accountPath(dir, directoryUrl));
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as StoredAccount;
    if (value.schema === 1 && typeof value.key === "string") return value;
  } catch {
    // Told below: a key that cannot be read must not be replaced in silence.
  }
  throw new SetupError({
    code: "acme_account_unreadable",
    message: `${accountPath(dir, directoryUrl)} is damaged; it holds the key of the ACME account.`,
    hint: "Restore it from a backup, or remove it: a new account is then made.",
    exit: EXIT.apply,
  });
}

async function store(host: Host, dir: string, account: StoredAccount): Promise<void> {
  await host.files.mkdir(tlsStatePath(dir), 0o700);
  await host.files.writeAtomic(
    accountPath(dir, account.directory),
    JSON.stringify(account, null, 2) + "\n",
    { mode: 0o600 },
  );
}

/** The account if there is one already, asking nobody. */
export async function knownAccount(
  host: Host,
  dir: string,
  directoryUrl: string,
): Promise<Account | undefined> {
  const stored = await readStored(host, dir, directoryUrl);
  if (stored?.url === undefined) return undefined;
  return { url: stored.url, signer: await Signer.of(stored.key) };
}

/** True when the account has to be made, or its contact changed. */
export async function accountNeedsWork(
  host: Host,
  dir: string,
  directoryUrl: string,
  email: string,
): Promise<boolean> {
  const stored = await readStored(host, dir, directoryUrl);
  return stored?.url === undefined || (stored.contact ?? "") !== email;
}

/** The CA does not know the account any more (a test CA started anew): the next look makes it again. */
export async function forgetAccountUrl(
  host: Host,
  dir: string,
  directoryUrl: string,
): Promise<void> {
  const stored = await readStored(host, dir, directoryUrl);
  if (stored === undefined) return;
  const { url: _, ...rest } = stored;
  await store(host, dir, rest);
}

/** Makes the account or brings its contact up to date; the terms were accepted in `rxdx.yml`. */
export async function ensureAccount(
  transport: AcmeTransport,
  dir: string,
  settings: AcmeSettings,
  directoryUrl: string,
): Promise<Account> {
  const { host } = transport;
  const { email } = settings;
  const known = await readStored(host, dir, directoryUrl);
  let stored: StoredAccount = known ?? { schema: 1, directory: directoryUrl, key: await newKey() };
  if (known === undefined) await store(host, dir, stored);
  const signer = await Signer.of(stored.key);
  const contact = email === "" ? [] : [`mailto:${email}`];
  if (stored.url !== undefined && (stored.contact ?? "") === email) {
    return { url: stored.url, signer };
  }
  let { url } = stored;
  if (url !== undefined) {
    try {
      await transport.post({ url, payload: { contact }, signer, account: url });
    } catch (error) {
      // A CA that lost its accounts (a test CA started anew) gets the same key again.
      if (!(error instanceof AcmeError) || error.problem.type !== "accountDoesNotExist") {
        throw error;
      }
      url = undefined;
    }
  }
  url ??= await register(transport, settings, directoryUrl, signer, contact);
  stored = { ...stored, url, ...(email === "" ? {} : { contact: email }) };
  const { contact: _, ...withoutContact } = stored;
  await store(host, dir, email === "" ? withoutContact : stored);
  return { url, signer };
}

async function register(
  transport: AcmeTransport,
  settings: AcmeSettings,
  directoryUrl: string,
  signer: Signer,
  contact: readonly string[],
): Promise<string> {
  const { newAccount, meta } = await transport.directory();
  const bound = settings.eabKid !== "" && directoryUrl === settings.directoryUrl;
  if (meta?.externalAccountRequired === true && !bound) {
    throw new AcmeError(
      { type: "externalAccountRequired", detail: "", status: undefined, parts: [] },
      { ca: transport.ca },
    );
  }
  const binding = bound ? await bindingOf(settings, newAccount, signer) : undefined;
  // RFC 8555, 7.3: a CA that knows the key answers with the account that is there.
  const answer = await posted(transport, {
    url: newAccount,
    payload: {
      termsOfServiceAgreed: true,
      ...(contact.length === 0 ? {} : { contact }),
      ...(binding === undefined ? {} : { externalAccountBinding: binding }),
    },
    signer,
  });
  const url = answer.headers["location"];
  if (url !== undefined && url !== "") return new URL(url, newAccount).href;
  throw new SetupError({
    code: "acme_no_account",
    message: `${transport.ca} made an account and does not say where.`,
    hint: "A proxy may take the header Location away; exempt the CA with no_proxy.",
    exit: EXIT.apply,
  });
}

/** What "unauthorized" means depends on what was asked: here it is about the account. */
async function posted(
  transport: AcmeTransport,
  request: Parameters<AcmeTransport["post"]>[0],
): ReturnType<AcmeTransport["post"]> {
  try {
    return await transport.post(request);
  } catch (error) {
    if (!(error instanceof AcmeError) || error.problem.type !== "unauthorized") throw error;
    throw new AcmeError({ ...error.problem, type: "accountRefused" }, { ca: transport.ca });
  }
}

async function bindingOf(settings: AcmeSettings, url: string, signer: Signer) {
  try {
    return await signer.binding({ url, kid: settings.eabKid, key: settings.eabKey.reveal() });
  } catch (cause) {
    throw new SetupError({
      code: "acme_eab_key",
      message: "The key of the external account binding is not base64url.",
      hint: "Give it as the CA shows it: RXDX_SECRET_ACME_EAB_KEY=… rxdx-setup init",
      exit: EXIT.answers,
      cause,
    });
  }
}
