/** A small certificate authority for tests: a root, an intermediate, and certificates as they are asked for. */
import { must } from "./stack.ts";

const CURVE = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

export class Issuer {
  readonly place: string;
  #serial = 0;

  private constructor(place: string) {
    this.place = place;
  }

  static async make(place: string): Promise<Issuer> {
    const issuer = new Issuer(place);
    await Deno.mkdir(place, { recursive: true });
    await Deno.writeTextFile(
      `${place}/ca.ext`,
      "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n",
    );
    await issuer.#openssl(
      `req -x509 ${CURVE} -days 60 -subj /CN=Test-root -keyout @/root.key -out @/root.pem`,
    );
    await issuer.#openssl(
      `req ${CURVE} -subj /CN=Test-intermediate -keyout @/inter.key -out @/inter.csr`,
    );
    await issuer.#openssl(
      "x509 -req -in @/inter.csr -days 50 -CA @/root.pem -CAkey @/root.key -set_serial 7 " +
        "-extfile @/ca.ext -out @/inter.pem",
    );
    return issuer;
  }

  async #openssl(words: string): Promise<string> {
    return await must(
      ["openssl", ...words.split(" ").map((word) => word.replaceAll("@", this.place))],
    );
  }

  /** Certificate and key of these names, signed by the intermediate. */
  async issue(names: readonly string[]): Promise<{ cert: string; key: string }> {
    const serial = ++this.#serial;
    const at = `@/leaf${serial}`;
    await Deno.writeTextFile(
      `${this.place}/leaf.ext`,
      `basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n` +
        `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\n`,
    );
    await this.#openssl(`req ${CURVE} -subj /CN=${names[0]} -keyout ${at}.key -out ${at}.csr`);
    await this.#openssl(
      `x509 -req -in ${at}.csr -days 40 -CA @/inter.pem -CAkey @/inter.key ` +
        `-set_serial ${1000 + serial} -extfile @/leaf.ext -out ${at}.pem`,
    );
    return { cert: `${this.place}/leaf${serial}.pem`, key: `${this.place}/leaf${serial}.key` };
  }

  /** Runs openssl on its files; `@` is its directory. */
  convert(words: string): Promise<string> {
    return this.#openssl(words);
  }
}
