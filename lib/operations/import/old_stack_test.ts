/** What is said to people who want the old stack back. */
import assert from "node:assert/strict";
import { returnCommand } from "./old_stack.ts";

Deno.test("the command that brings the old stack back can be pasted, wherever that is", () => {
  const compose = ["--project-name", "rxdx", "--project-directory", "/srv/my RxDx"];
  assert.equal(
    returnCommand({ compose, from: "/srv/my RxDx" }),
    "cd '/srv/my RxDx' && docker compose --project-name rxdx --project-directory '/srv/my RxDx' " +
      "up --detach --remove-orphans",
  );
});
