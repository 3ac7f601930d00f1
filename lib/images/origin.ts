/**
 * What was found of the place that the images come from: which the answers alone do not tell. Found
 * by `look.ts`, carried by the plan, and noted in `images.lock`. Pure data.
 */
import type { Service } from "../engine/compose.ts";

/** A file made by `docker save`. */
export interface ArchiveOrigin {
  readonly kind: "archive";
  /** Image of each service, as the archive names it. */
  readonly images: Readonly<Partial<Record<Service, string>>>;
  /** Hexadecimal digests of the images' configurations: what Docker calls their ids. */
  readonly ids: Readonly<Partial<Record<Service, string>>>;
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** ISO 8601. */
  readonly modified: string;
  /** Hexadecimal digests of the images' OCI manifests, where the archive is a bundle. */
  readonly manifests?: Readonly<Partial<Record<Service, string>>>;
  /** Set for a bundle of `bundle create`. */
  readonly bundle?: BundleOrigin;
}

/** Where a bundle comes from; what of it is true, `init --bundle` has verified. */
export interface BundleOrigin {
  /** SHA-256 of its checksums, hex: stands for every byte of it. */
  readonly digest: string;
  /** ISO 8601. */
  readonly created: string;
  /** The rxdx-setup that made it. */
  readonly setup: string;
  /** Version of the application. */
  readonly version: string;
}

/** An RxDx checkout on this machine, or one that will be cloned. */
export interface CheckoutOrigin {
  readonly kind: "build";
  /** Directory that holds backend/ and frontend/. */
  readonly dir: string;
  /** Changes with every file that the service is built from: a commit, or a hash over the files. */
  readonly revisions: { readonly backend: string; readonly frontend: string };
  /** Full commit id; empty for a directory that git does not know. */
  readonly commit: string;
  /** True when files differ from the commit. */
  readonly dirty: boolean;
}

export type ImageOrigin = { readonly kind: "demo" | "registry" } | ArchiveOrigin | CheckoutOrigin;
