/**
 * The built file as an operator meets it. One file for the test runner, so that the fixture is built
 * once; the cases are in three.
 */
import "./portable_start.ts";
import "./portable_cache.ts";
import "./portable_trust.ts";
import { removeFixture } from "./support.ts";

Deno.test.afterAll(removeFixture);
