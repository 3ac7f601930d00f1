/**
 * The questions of the wizard as data: the same fields that the unattended path fills. Each says
 * which field it asks for and when it is worth asking. Pure.
 */
import { fieldAt } from "./fields.ts";
import { coerce } from "./layers.ts";
import { parseAnswers } from "./parse.ts";
import { setAt, type Tree, valueAt } from "./tree.ts";

export interface Question {
  readonly path: string;
  readonly title: string;
  readonly choices?: readonly { value: string; label: string; hint?: string }[];
  /** False when earlier answers make it pointless. */
  readonly asked: (answers: Tree) => boolean;
}

const always = () => true;
const when = (path: string, ...values: readonly unknown[]) => (answers: Tree) =>
  values.includes(valueAt(answers, path));

export const QUESTIONS: readonly Question[] = [
  {
    path: "environment",
    title: "Which environment is this?",
    choices: [
      { value: "production", label: "production", hint: "hardened, only 80 and 443 published" },
      { value: "staging", label: "staging", hint: "like production, other data" },
      { value: "development", label: "development", hint: "hot reload, ports on loopback" },
    ],
    asked: always,
  },
  { path: "domain", title: "By which name or address will browsers reach it?", asked: always },
  { path: "ports.https", title: "HTTPS port", asked: always },
  { path: "ports.http", title: "HTTP port (redirects to HTTPS)", asked: always },
  {
    path: "images.source",
    title: "Where do the images come from?",
    choices: [
      { value: "demo", label: "demo", hint: "built here from distribution packages" },
      { value: "registry", label: "registry", hint: "an image registry" },
    ],
    asked: always,
  },
  { path: "images.registry", title: "Registry address", asked: when("images.source", "registry") },
  { path: "images.tag", title: "Tag of the images", asked: when("images.source", "registry") },
  {
    path: "tls.mode",
    title: "How does HTTPS get its certificate?",
    choices: [
      { value: "self-signed", label: "self-signed", hint: "made here; browsers ask once" },
      { value: "external", label: "external", hint: "a proxy in front ends TLS" },
      { value: "none", label: "none", hint: "development only" },
    ],
    asked: always,
  },
  {
    path: "tls.trusted_proxies",
    title: "Addresses of the proxy in front",
    asked: when("tls.mode", "external"),
  },
  {
    path: "resources.preset",
    title: "How much of this machine may it use?",
    choices: [
      { value: "auto", label: "auto", hint: "all but 512 MiB" },
      { value: "small", label: "small", hint: "2 CPUs, 4 GiB" },
      { value: "medium", label: "medium", hint: "4 CPUs, 8 GiB" },
      { value: "large", label: "large", hint: "8 CPUs, 16 GiB" },
    ],
    asked: always,
  },
  {
    path: "admin.email",
    title: "Administrator's e-mail (empty: admin@ the domain)",
    asked: always,
  },
];

/** The rule a typed answer breaks on its own, or `undefined`. */
export function checkField(path: string, text: string): string | undefined {
  const tree: Tree = {};
  setAt(tree, path, coerce(path, text));
  const parsed = parseAnswers(tree);
  if (parsed.ok) return undefined;
  const example = fieldAt(path)?.example;
  const rule = parsed.problems[0]?.rule ?? "is not valid";
  return example === undefined || example === "" ? rule : `${rule}; for example ${example}`;
}
