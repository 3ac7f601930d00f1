/** Public halves of age keys, judged by their checksum: a slip of the pen is found here and not at night. Pure. */

const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function polymod(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of GENERATOR.entries()) {
      if ((top >> bit & 1) === 1) sum ^= generator;
    }
  }
  return sum >>> 0;
}

/** Bech32 (BIP 173): the word before the last 1, then data whose last six characters are a checksum. */
export function isBech32(text: string, word: string): boolean {
  if (!text.startsWith(`${word}1`)) return false;
  const data = [...text.slice(word.length + 1)].map((each) => ALPHABET.indexOf(each));
  if (data.length < 6 || data.includes(-1)) return false;
  const codes = [...word].map((each) => each.charCodeAt(0));
  return polymod([
    ...codes.map((code) => code >> 5),
    0,
    ...codes.map((code) => code & 31),
    ...data,
  ]) === 1;
}

/** `age1` and 58 characters: 32 bytes of X25519 and the checksum. */
export function isAgeRecipient(text: string): boolean {
  return text.length === 62 && isBech32(text, "age");
}
