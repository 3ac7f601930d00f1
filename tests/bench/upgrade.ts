/** A good and a broken upgrade of a stack in use: how long users had no answer, by our own count and theirs. */
import { haveRegistry, startRegistry } from "../support/registry.ts";
import { productionImages, TestStack } from "../support/stack.ts";
import { forgetNames, publishStack, VERSIONS } from "../support/upgrade_images.ts";
import { ASKED, show, watched } from "./operations.ts";

const GOOD = "1.1.0";
const BROKEN = "1.2.0";

export async function benchUpgrade(): Promise<void> {
  if (!await haveRegistry()) {
    console.log("docker-registry is not installed; the figures of upgrades are missing.");
    return;
  }
  await using registry = await startRegistry({ login: false });
  const repository = `${registry.address}/rxdx`;
  const versions = { [GOOD]: VERSIONS[GOOD], [BROKEN]: VERSIONS[BROKEN] };
  const settings = await publishStack(repository, await productionImages(), versions);
  const stack = new TestStack("bench-upgrade");
  try {
    await stack.ok(["init", "--yes", ...stack.settings(), ...settings, ...ASKED]);
    const upgrade = (to: string) => () => stack.run(["upgrade", "--yes", "--to", to]);
    show("upgrade", await watched(stack, upgrade(GOOD)), undefined, "told");
    show("upgrade that breaks, and back", await watched(stack, upgrade(BROKEN)), undefined, "told");
    show(
      "rollback",
      await watched(stack, () => stack.ok(["rollback", "--yes"])),
      undefined,
      "told",
    );
  } finally {
    await stack[Symbol.asyncDispose]();
    await forgetNames(repository, stack.name);
  }
}
