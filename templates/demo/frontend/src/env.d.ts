/** Constants that build.cjs puts in at compile time. */
interface ImportMeta {
  readonly env: {
    readonly DEV: boolean;
    readonly VITE_API_BASE_URL: string;
    readonly VITE_LOG_LEVEL: string;
    readonly VITE_APP_VERSION: string;
  };
}

declare module "*.css";
