/**
 * Rules over several fields, or over fields and the machine: one named function each, all of them
 * always run, so that every problem is reported at once. Pure. Images stand here; TLS in `rules_tls.ts`,
 * names and ports in `rules_address.ts`, limits in `rules_size.ts`, the rest in `rules_services.ts`. What works
 * and is probably not meant is a warning (`warnings.ts`).
 */
import type { Problem } from "../errors.ts";
import type { Answers } from "../answers/schema.ts";
import type { Facts } from "./facts.ts";
import { ADDRESS_RULES } from "./rules_address.ts";
import { SERVICE_RULES } from "./rules_services.ts";
import { SIZE_RULES } from "./rules_size.ts";
import { TLS_RULES } from "./rules_tls.ts";

/** Problems of one kind; an empty list when the rule holds. */
export type CrossRule = (answers: Answers, facts: Facts) => Problem[];

const buildNeedsOneSource: CrossRule = ({ images }) => {
  if (images.source !== "build" || (images.path === "") !== (images.git === "")) return [];
  return [{
    key: "images.path",
    value: images.path,
    rule: images.path === ""
      ? "must be given when images.source is build, or images.git"
      : "must not be given together with images.git",
    example: "/srv/RxDx",
  }];
};

const archiveNeedsFile: CrossRule = ({ images }) =>
  images.source === "archive" && images.file === ""
    ? [{
      key: "images.file",
      value: "",
      rule: "must be given when images.source is archive",
      example: "/root/rxdx.tar",
    }]
    : [];

/** Sources are mounted over what is in the image, so there must be some. */
const developmentNeedsSources: CrossRule = ({ images, environment }) =>
  environment === "development" && (images.source === "registry" || images.source === "archive")
    ? [{
      key: "images.source",
      value: images.source,
      rule: "must be demo or build in development, where sources are mounted",
      example: "build",
    }]
    : [];

const registryNeedsAddress: CrossRule = ({ images }) => {
  if (images.source !== "registry") return [];
  const problems: Problem[] = [];
  for (
    const [key, example] of [["registry", "registry.example.com/rxdx"], ["tag", "1.2.0"]] as const
  ) {
    if (images[key] === "") {
      problems.push({
        key: `images.${key}`,
        value: "",
        rule: "must be given when images.source is registry",
        example,
      });
    }
  }
  return problems;
};

const RULES: readonly CrossRule[] = [
  ...TLS_RULES,
  buildNeedsOneSource,
  archiveNeedsFile,
  developmentNeedsSources,
  registryNeedsAddress,
  ...ADDRESS_RULES,
  ...SIZE_RULES,
  ...SERVICE_RULES,
];

/** Every broken rule. */
export function crossProblems(answers: Answers, facts: Facts): Problem[] {
  return RULES.flatMap((rule) => rule(answers, facts));
}
