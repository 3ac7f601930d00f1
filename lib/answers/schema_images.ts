/** The group `images` of `rxdx.yml`: where the images come from. Pure. */
import * as v from "valibot";
import * as rules from "./rules.ts";
import { choice, optionalText, section } from "./schema_fields.ts";

export const IMAGE_SOURCES = ["demo", "build", "registry", "archive"] as const;

export const IMAGES_SECTION = section({
  source: v.optional(choice(IMAGE_SOURCES, "Where the images come from."), "demo"),
  path: v.optional(optionalText(rules.filePath, "build: an RxDx checkout.", "/srv/RxDx"), ""),
  git: v.optional(
    optionalText(rules.gitAddress, "build: repository to clone.", "https://example.com/rxdx.git"),
    "",
  ),
  ref: v.optional(optionalText(rules.gitRevision, "build: branch, tag or commit.", "v1.2.0"), ""),
  registry: v.optional(
    optionalText(rules.imageRepository, "registry: address.", "registry.example.com/rxdx"),
    "",
  ),
  tag: v.optional(optionalText(rules.imageTag, "registry: tag of all images.", "1.2.0"), ""),
  username: v.optional(optionalText(rules.singleLine, "registry: login name.", "deploy"), ""),
  file: v.optional(
    optionalText(rules.filePath, "archive: file made by docker save.", "/root/rxdx.tar"),
    "",
  ),
  postgres: v.optional(
    optionalText(
      rules.imageReference,
      "registry, build, archive: another image of PostgreSQL 17 with AGE than the published one.",
      "registry.example.com/age:17",
    ),
    "",
  ),
  nginx: v.optional(
    optionalText(
      rules.imageReference,
      "registry, build, archive: another nginx (1.30.4 or newer) than the published one.",
      "registry.example.com/nginx:1.30.4",
    ),
    "",
  ),
  bases: section({
    python: v.optional(
      optionalText(
        rules.imageReference,
        "build: Python.",
        "registry.example.com/python:3.11-slim",
      ),
      "",
    ),
    node: v.optional(
      optionalText(rules.imageReference, "build: Node.js.", "registry.example.com/node:20-slim"),
      "",
    ),
    nginx: v.optional(
      optionalText(
        rules.imageReference,
        "build: nginx.",
        "registry.example.com/nginx:1.30.4-alpine",
      ),
      "",
    ),
  }, "build: images to start from, where the public ones cannot be had."),
}, "Images of the four services.");
