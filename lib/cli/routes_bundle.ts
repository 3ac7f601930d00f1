/** `bundle` in the table of commands, and the flags of those that take one; part of `routes.ts`. */
import { buildRouteMap, type RouteMap } from "@stricli/core";
import { type AppContext, define, exactly, listFlag, switchFlag, textFlag } from "./command.ts";

const trust = {
  key: textFlag("Public key (minisign) of who made the bundle, or a file with it", "KEY", "files"),
  allowUnsigned: switchFlag("Take a bundle that nobody known has signed"),
};

/** Flags of `init` and `upgrade`. */
export const bundleFlags: Readonly<Record<string, unknown>> = {
  bundle: textFlag("Everything from this file of `bundle create`; needs no network", "FILE"),
  ...trust,
};

const FILE = exactly(["FILE", "A file of `bundle create`"]);

export const bundleRoutes: RouteMap<AppContext> = buildRouteMap({
  routes: {
    create: define({
      brief: "One file with program and images, for a machine without network",
      examples: [
        "rxdx-setup bundle create --sign bundle.key",
        "rxdx-setup bundle create --demo --output rxdx.bundle.tar",
        "rxdx-setup bundle create --set images.source=registry --set images.tag=1.4.0 " +
        "--set images.registry=registry.example.com/rxdx",
      ],
      more:
        "Without --demo, --answers, --env or --set it takes the images of the stack in --dir; with them,\n" +
        "no stack is needed, and nothing is installed. Images that are not here are fetched or built\n" +
        "first. The bundle is for the architecture of this machine. It is a tar that any Docker loads;\n" +
        "its first member is the program: tar xOf FILE rxdx-setup > rxdx-setup\n" +
        "With --json: schema, file, bytes, sha256 (of its checksums), signed_by, manifest.",
      flags: {
        output: textFlag("File to write [rxdx-VERSION-ARCH.bundle.tar]", "FILE"),
        sign: textFlag("Secret key to sign with, of minisign -G -W", "KEYFILE"),
        demo: switchFlag("The demo's images, built here where they are not yet"),
        answers: textFlag("Answers file that says which images", "FILE"),
        set: listFlag("One value, as with init; may be repeated", "key=value"),
        env: textFlag("production or staging", "E", ["production", "staging"]),
        program: textFlag("The executable to put in [this one]", "FILE"),
        sbom: textFlag("Bill of materials of the executable, from its release", "FILE"),
      },
      load: () => import("./commands/bundle_create.ts"),
    }),
    show: define({
      brief: "What is in a bundle, and whether it is whole",
      examples: ["rxdx-setup bundle show rxdx.bundle.tar"],
      more: "Does not ask whose it is; `bundle verify` does.",
      positional: FILE,
      load: () => import("./commands/bundle_show.ts"),
    }),
    verify: define({
      brief: "Is a bundle whole, signed by whom it must be, and fit for this machine?",
      examples: ["rxdx-setup bundle verify rxdx.bundle.tar --key bundle.pub"],
      more:
        "Exit 0 when it is; 4 when it does not fit here; 5 when it is damaged or not signed so.\n" +
        "Without --key the keys that updates of this program are held against are taken.",
      flags: trust,
      positional: FILE,
      load: () => import("./commands/bundle_verify.ts"),
    }),
  },
  docs: { brief: "Bundles: everything for a machine without network, in one file" },
});
