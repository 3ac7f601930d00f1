/**
 * Signed requests of ACME (RFC 8555, 6.2): an account's P-256 key, its thumbprint, JSON Web Signatures
 * and the external account binding. WebCrypto signs in the very form that JWS wants.
 */
import { createPrivateKey } from "node:crypto";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

const encoder = new TextEncoder();

export function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function encodedJson(value: unknown): string {
  return base64url(encoder.encode(JSON.stringify(value)));
}

/** The public half, its members in the order that a thumbprint needs (RFC 7638, 3.2). */
export interface Jwk {
  readonly crv: "P-256";
  readonly kty: "EC";
  readonly x: string;
  readonly y: string;
}

/** A JSON Web Signature in flattened form. */
export interface Jws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

/** A new key for an account or a certificate: P-256, as PKCS #8 in PEM. */
export async function newKey(): Promise<string> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

/** Signs in the name of one account. */
export class Signer {
  readonly jwk: Jwk;
  readonly #key: CryptoKey;

  private constructor(jwk: Jwk, key: CryptoKey) {
    this.jwk = jwk;
    this.#key = key;
  }

  /** @param pem a P-256 key as {@link newKey} makes it */
  static async of(pem: string): Promise<Signer> {
    const { kty, crv, x, y, d } = createPrivateKey(pem).export({ format: "jwk" });
    if (kty !== "EC" || crv !== "P-256" || x === undefined || y === undefined) {
      throw new TypeError("the account key is not a P-256 key");
    }
    const jwk: Jwk = { crv, kty, x, y };
    const key = await crypto.subtle.importKey(
      "jwk",
      { ...jwk, ...(d === undefined ? {} : { d }) },
      ALGORITHM,
      false,
      ["sign"],
    );
    return new Signer(jwk, key);
  }

  /** RFC 7638, SHA-256, base64url. */
  async thumbprint(): Promise<string> {
    const digest = await crypto.subtle.digest("SHA-256", encoder.encode(JSON.stringify(this.jwk)));
    return base64url(new Uint8Array(digest));
  }

  /**
   * @param payload `undefined` for POST-as-GET (RFC 8555, 6.3)
   * @param account URL of the account; without it the key itself is named, as for a new account
   */
  async sign(request: {
    readonly url: string;
    readonly nonce: string;
    readonly payload: unknown;
    readonly account?: string | undefined;
  }): Promise<Jws> {
    const { url, nonce, payload, account } = request;
    const who = account === undefined ? { jwk: this.jwk } : { kid: account };
    const header = encodedJson({ alg: "ES256", nonce, url, ...who });
    const body = payload === undefined ? "" : encodedJson(payload);
    const signature = await crypto.subtle.sign(
      SIGNATURE,
      this.#key,
      encoder.encode(`${header}.${body}`),
    );
    return { protected: header, payload: body, signature: base64url(new Uint8Array(signature)) };
  }

  /**
   * Ties a new account to one that the CA knows already (RFC 8555, 7.3.4).
   *
   * @param key the CA's HMAC key, base64url as the CA prints it (or base64, as some do)
   * @throws TypeError when it is neither
   */
  async binding(request: {
    readonly url: string;
    readonly kid: string;
    readonly key: string;
  }): Promise<Jws> {
    const raw = Uint8Array.fromBase64(
      request.key.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""),
      { alphabet: "base64url" },
    );
    const key = await crypto.subtle.importKey(
      "raw",
      raw,
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const header = encodedJson({ alg: "HS256", kid: request.kid, url: request.url });
    const body = encodedJson(this.jwk);
    const signature = await crypto.subtle.sign("HMAC", key, encoder.encode(`${header}.${body}`));
    return { protected: header, payload: body, signature: base64url(new Uint8Array(signature)) };
  }
}
