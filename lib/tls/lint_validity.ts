/** From when to when a certificate serves: leaf and intermediates. Pure. */
import { daysLeft } from "./certificate.ts";
import { type Graded, graded, moment, named, reissue, type Subject } from "./lint_finding.ts";

const DAY_MS = 86_400_000;
/** Days before its end at which a certificate that is only just imported is worth a word. */
const SOON_DAYS = 14;
/** Days; the longest that browsers accept of a public CA (CA/B Forum ballot SC-31). */
const PUBLIC_DAYS = 398;
/** Days that Apple's systems accept of any CA (support.apple.com/103769). */
const ANY_DAYS = 825;
/** Days by which a clock may well be wrong: a wrong zone, a battery that ran out over a weekend. */
const SKEW_DAYS = 2;

const NOT_YET_RULE = "Clients refuse a certificate before its first moment.";

function notYetValid(begin: Date, { now }: Subject): readonly [rule: string, remedy: string] {
  const ahead = begin.getTime() - now.getTime();
  if (ahead > SKEW_DAYS * DAY_MS) {
    return [NOT_YET_RULE, `Import it after ${moment(begin)}; until then keep the present one.`];
  }
  return [
    `${NOT_YET_RULE} So near to it, this machine's clock or the CA's is probably wrong.`,
    "Compare this machine's clock with another: timedatectl",
  ];
}

export function leafValidity(subject: Subject): readonly Graded[] {
  const { leaf, now } = subject;
  if (leaf.notBefore > now) {
    const [rule, remedy] = notYetValid(leaf.notBefore, subject);
    const message = `The certificate ${named(leaf)} begins on ${moment(leaf.notBefore)}; ` +
      `here it is ${moment(now)}.`;
    return [graded("problem", "certificate", "not_yet_valid", [message, rule, remedy])];
  }
  if (leaf.notAfter < now) {
    return [graded("problem", "certificate", "expired", [
      `The certificate ${named(leaf)} ended on ${moment(leaf.notAfter)}.`,
      "Clients refuse a certificate after its last moment.",
      reissue(subject),
    ])];
  }
  const days = daysLeft(leaf.notAfter, now);
  if (days >= SOON_DAYS) return [];
  return [graded("warning", "certificate", "ends_soon", [
    `The certificate ${named(leaf)} ends on ${moment(leaf.notAfter)}, in ${
      days === 1 ? "1 day" : `${days} days`
    }.`,
    "A certificate that is put in now should last until the next is due.",
    "Have it renewed and import it again before that day.",
  ])];
}

export function lifetime(subject: Subject): readonly Graded[] {
  const { leaf, chain } = subject;
  const milliseconds = leaf.notAfter.getTime() - leaf.notBefore.getTime();
  const days = Math.round(milliseconds / DAY_MS);
  if (milliseconds <= PUBLIC_DAYS * DAY_MS) return [];
  const isPublic = chain.trust === "trusted" || chain.missing?.publicly === true;
  return [graded("warning", "certificate", "lifetime_long", [
    `The certificate ${named(leaf)} is made for ${days} days.`,
    isPublic
      ? `Browsers refuse more than ${PUBLIC_DAYS} days of a public CA.`
      : `Browsers refuse more than ${PUBLIC_DAYS} days of a public CA, and Apple's devices more ` +
        `than ${ANY_DAYS} days of any.`,
    `Ask the CA for ${PUBLIC_DAYS - 1} days or fewer.`,
  ])];
}

export function intermediateValidity(subject: Subject): readonly Graded[] {
  return subject.chain.intermediates.flatMap((each) => {
    if (each.notBefore > subject.now) {
      const [rule, remedy] = notYetValid(each.notBefore, subject);
      const message = `The intermediate ${named(each)} begins on ${moment(each.notBefore)}.`;
      return [graded("problem", "chain", "intermediate_not_yet_valid", [message, rule, remedy])];
    }
    if (each.notAfter >= subject.now) return [];
    return [graded("problem", "chain", "intermediate_expired", [
      `The intermediate ${named(each)} ended on ${moment(each.notAfter)}.`,
      "Clients refuse a certificate whose issuer has expired.",
      `Get the CA's present intermediate from the issuer of ${named(subject.leaf)}.`,
    ])];
  });
}
