/** Where the images come from. Pure. */
import type { Step } from "../question.ts";
import { always, both, field, given, optional, when } from "./asking.ts";

const fromRegistry = when("images.source", "registry");
const fromBuild = when("images.source", "build");

export const IMAGES: Step = {
  id: "images",
  title: "Images",
  intro: "Where the containers' images come from.",
  questions: [
    {
      kind: "field",
      path: "images.source",
      title: "Source",
      ask: "Where do the images come from?",
      choices: () => [
        { value: "demo", label: "demo", hint: "built here from distribution packages" },
        { value: "registry", label: "registry", hint: "fetched from an image registry" },
        { value: "build", label: "build", hint: "built here from an RxDx checkout" },
        { value: "archive", label: "archive", hint: "a file made by docker save" },
      ],
      asked: always,
    },
    field(
      "images.registry",
      "Registry",
      "Registry and path, without scheme and tag. /backend and /frontend are added.",
      fromRegistry,
    ),
    field("images.tag", "Tag", "The tag of the application's images.", fromRegistry),
    optional(
      "images.username",
      "Login",
      "Login name at the registry. Empty: no login.",
      "no login",
      fromRegistry,
    ),
    {
      kind: "secret",
      secret: "REGISTRY_PASSWORD",
      generated: false,
      title: "Password",
      ask: "Password at the registry.",
      asked: both(fromRegistry, given("images.username")),
    },
    {
      kind: "probe",
      probe: "registry",
      title: "Try it",
      ask: "Asks the registry whether it answers and takes the login.",
      asked: both(fromRegistry, given("images.registry")),
    },
    optional(
      "images.path",
      "Checkout",
      "Directory of an RxDx checkout on this machine. Empty: it is cloned.",
      "it is cloned",
      fromBuild,
    ),
    field(
      "images.git",
      "Repository",
      "Address of the git repository to clone.",
      both(fromBuild, when("images.path", "", undefined)),
    ),
    optional(
      "images.ref",
      "Branch or tag",
      "Branch, tag or commit. Empty: the repository's default branch.",
      "the default branch",
      both(fromBuild, when("images.path", "", undefined)),
    ),
    field(
      "images.file",
      "Archive",
      "Path of the file that docker save made.",
      when("images.source", "archive"),
    ),
  ],
};
